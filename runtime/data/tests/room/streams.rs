//! The streams of a real Redis, and servers that are none.

use std::io::{Read, Write};
use std::net::TcpListener;
use std::time::Duration;

use sophia_data::{Encryption, Position, RedisSettings, Streams};
use sophia_guard::Secret;
use sophia_test_redis::Server;

fn settings(port: u16, password: Option<&str>) -> RedisSettings {
    RedisSettings {
        name: "queue".to_owned(),
        host: "127.0.0.1".to_owned(),
        port,
        user: None,
        password: password.map(Secret::new),
        database: 0,
        encryption: Encryption::Off,
    }
}

#[tokio::test]
async fn messages_come_in_their_order_from_a_place_on() {
    let server = Server::start();
    let mut streams = Streams::open(&settings(server.port(), None)).await.unwrap();
    let first = streams.latest("orders").await.unwrap();
    assert_eq!(first, Position::default(), "no stream has held nothing");
    let places: Vec<String> = (0..5)
        .map(|number| server.add("orders", &[("body", &number.to_string())]))
        .collect();
    let latest = streams.latest("orders").await.unwrap();
    assert_eq!(latest.to_string(), places[4]);
    let within = Duration::from_millis(1);
    let read = streams.behind("orders", first, 3, within).await.unwrap();
    let bodies: Vec<&str> = read.iter().map(|message| &*message.body).collect();
    assert_eq!(bodies, ["0", "1", "2"]);
    let rest = streams.behind("orders", read[2].position, 3, within).await;
    let rest: Vec<String> = (rest.unwrap().into_iter())
        .map(|message| message.position.to_string())
        .collect();
    assert_eq!(rest, places[3..]);
    let none = streams.behind("orders", latest, 3, within).await.unwrap();
    assert_eq!(none, []);
    // What is gone stays behind.
    server.run(&["XDEL", "orders", &places[4]]);
    assert_eq!(streams.latest("orders").await.unwrap(), latest);
    server.run(&["SET", "words", "no stream"]);
    let refused = streams.behind("words", first, 3, within).await.unwrap_err();
    assert_eq!(refused.code.as_str(), "S932");
}

#[tokio::test]
async fn an_account_is_let_in_with_its_password_in_its_database() {
    let server = Server::with_password("open sesame");
    let place = server.add("orders", &[("body", "1")]);
    let right = settings(server.port(), Some("open sesame"));
    let mut streams = Streams::open(&right).await.unwrap();
    assert_eq!(streams.latest("orders").await.unwrap().to_string(), place);
    let named = RedisSettings {
        user: Some("default".to_owned()),
        database: 3,
        ..right
    };
    let mut streams = Streams::open(&named).await.unwrap();
    let latest = streams.latest("orders").await.unwrap();
    assert_eq!(latest, Position::default(), "another database");
    let wrong = Streams::open(&settings(server.port(), Some("open pepper"))).await;
    let problem = wrong.err().unwrap();
    assert_eq!(problem.code.as_str(), "S930");
    assert!(!format!("{problem:?}").contains("pepper"), "{problem:?}");
}

#[tokio::test]
async fn what_speaks_otherwise_is_no_server() {
    for said in [
        "HTTP/1.1 400 Bad Request\r\n",
        "*2\r\n$5\r\nabc\r\n",
        "$99999999999\r\n",
        "*1\r\n*1\r\n*1\r\n*1\r\n*1\r\n*1\r\n*1\r\n*1\r\n*1\r\n:1\r\n",
        "",
    ] {
        let socket = TcpListener::bind(("127.0.0.1", 0)).unwrap();
        let port = socket.local_addr().unwrap().port();
        let other = std::thread::spawn(move || {
            let (mut stream, _) = socket.accept().unwrap();
            let mut asked = [0; 512];
            assert!(stream.read(&mut asked).unwrap() > 0);
            stream.write_all(said.as_bytes()).unwrap();
        });
        let mut streams = Streams::open(&settings(port, None)).await.unwrap();
        let problem = streams.latest("orders").await.unwrap_err();
        assert_eq!(problem.code.as_str(), "S939", "{said}");
        other.join().unwrap();
    }
}

#[tokio::test]
async fn who_does_not_prove_who_it_is_is_told_nothing() {
    let server = Server::with_password("open sesame");
    let plain = settings(server.port(), Some("open sesame"));
    for certificate in [None, Some("no such file".into())] {
        let proved = RedisSettings {
            encryption: Encryption::Verified(certificate),
            ..plain.clone()
        };
        let problem = Streams::open(&proved).await.err().unwrap();
        assert_eq!(problem.code.as_str(), "S930");
        assert!(!format!("{problem:?}").contains("sesame"), "{problem:?}");
    }
}
