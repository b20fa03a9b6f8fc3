//! Webhooks over the network to a program that is killed at random: whoever sends goes on until it has its
//! answer, and each delivery starts exactly one run.

use std::collections::BTreeMap;
use std::io::{Read, Write};
use std::net::TcpStream;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Mutex, RwLock};
use std::thread;
use std::time::Duration;

use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

use crate::door::{Daemon, SECRET};
use crate::project::Project;

/// So often the program is killed. More by the variable [`KILLS_VARIABLE`].
const KILLS: u64 = 30;
const KILLS_VARIABLE: &str = "DELIVERY_KILLS";

/// So many send at the same time.
const SENDERS: usize = 4;

const MANIFEST: &str = r#"[project]
name = "deliveries"

[webhooks.github.push]
type      = "{ id: text, branch: text }"
signature = "github"
key       = "id"
"#;

const PUSHES: &str = r#"playbook pushes

trigger on webhook github.push as push

stop "Took {push.id}." when push.branch = "main"
"#;

/// What the senders share.
#[derive(Default)]
struct Outside {
    /// Where the program listens at present.
    address: RwLock<String>,
    next: AtomicUsize,
    /// How many requests were sent, answered or not.
    sent: AtomicUsize,
    /// Deliveries that were answered with success, by how many answers.
    taken: Mutex<BTreeMap<String, u32>>,
    /// No further delivery begins.
    enough: AtomicBool,
}

impl Outside {
    /// Sends new deliveries, each until it is taken twice, as a sender does that never hears the first answer.
    fn send_all(&self) {
        while !self.enough.load(Ordering::SeqCst) {
            let id = format!("p-{}", self.next.fetch_add(1, Ordering::SeqCst));
            for _ in 0..2 {
                while !self.send(&id) {
                    thread::sleep(Duration::from_millis(1));
                }
                *self.taken.lock().unwrap().entry(id.clone()).or_default() += 1;
            }
        }
    }

    /// Sends a delivery once. Whether it was taken.
    fn send(&self, id: &str) -> bool {
        let body = format!(r#"{{"id":"{id}","branch":"main"}}"#);
        let mut code = Hmac::<Sha256>::new_from_slice(SECRET.as_bytes()).expect("a key");
        code.update(body.as_bytes());
        let code = code.finalize().into_bytes();
        let code = code.iter().fold(String::new(), |mut hex, byte| {
            hex.push_str(&format!("{byte:02x}"));
            hex
        });
        let address = self.address.read().unwrap().clone();
        let request = format!(
            "POST /hooks/github/push HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n\
             X-Hub-Signature-256: sha256={code}\r\nContent-Length: {}\r\n\r\n{body}",
            body.len()
        );
        let mut answer = String::new();
        let asked = TcpStream::connect(&address).and_then(|mut stream| {
            stream.write_all(request.as_bytes())?;
            self.sent.fetch_add(1, Ordering::SeqCst);
            stream.read_to_string(&mut answer)
        });
        // Whatever went wrong, it is sent again.
        asked.is_ok() && answer.starts_with("HTTP/1.1 202")
    }
}

#[test]
fn each_delivery_starts_one_run_however_often_the_program_is_killed() {
    let project = Project::empty();
    project.write("sophia.toml", MANIFEST);
    project.write("pushes.sophia", PUSHES);
    let kills = std::env::var(KILLS_VARIABLE).map_or(KILLS, |kills| kills.parse().unwrap());
    let outside = Outside::default();
    // Where nobody listens before the first start.
    "127.0.0.1:1".clone_into(&mut outside.address.write().unwrap());
    thread::scope(|scope| {
        let senders: Vec<_> = (0..SENDERS)
            .map(|_| scope.spawn(|| outside.send_all()))
            .collect();
        let mut dice: u64 = 0x9e37_79b9_7f4a_7c15;
        for _ in 0..kills {
            dice ^= dice << 13;
            dice ^= dice >> 7;
            dice ^= dice << 17;
            let before = outside.sent.load(Ordering::SeqCst);
            let daemon = Daemon::start(&project);
            daemon
                .address()
                .clone_into(&mut outside.address.write().unwrap());
            let enough = before + 1 + usize::try_from(dice % 24).unwrap();
            while outside.sent.load(Ordering::SeqCst) < enough {
                thread::yield_now();
            }
            // Somewhere in what the last request leads to.
            thread::sleep(Duration::from_micros(dice >> 32 & 0xfff));
            daemon.kill();
        }
        let daemon = Daemon::start(&project);
        daemon
            .address()
            .clone_into(&mut outside.address.write().unwrap());
        outside.enough.store(true, Ordering::SeqCst);
        for sender in senders {
            sender.join().unwrap();
        }
        let taken = outside.taken.lock().unwrap().clone();
        let runs = loop {
            let runs = project.runs(10 * taken.len() + 100);
            if runs.iter().all(|run| !run["ended"].is_null()) {
                break runs;
            }
            thread::sleep(Duration::from_millis(20));
        };
        let mut started: BTreeMap<String, u32> = BTreeMap::new();
        for run in &runs {
            assert_eq!(run["status"], "stopped", "{run:#}");
            *started
                .entry(run["summary"].as_str().expect("words").to_owned())
                .or_default() += 1;
        }
        let expected: BTreeMap<String, u32> = (taken.keys())
            .map(|id| (format!("Took {id}."), 1))
            .collect();
        assert!(taken.len() > SENDERS, "{taken:?}");
        assert_eq!(started, expected);
        daemon.kill();
    });
}
