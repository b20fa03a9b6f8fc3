//! A service of three steps on Restate, and the client that asks it, in one process.
//!
//! `restate-peer SERVICE_ADDRESS INGRESS_URL ADMIN_URL`: registers the service with a server that runs already, then
//! prints a line of JSON for each question. A step is `ctx.run` with 256 bytes, as in Restate's own guides.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use restate_sdk::prelude::*;

type Trouble = Box<dyn std::error::Error + Send + Sync>;

#[restate_sdk::service]
trait Measured {
    #[name = "three"]
    async fn three(run: u64) -> Result<u64, HandlerError>;
    #[name = "one"]
    async fn one(run: u64) -> Result<u64, HandlerError>;
}

struct Steps;

async fn answer() -> Result<String, HandlerError> {
    Ok("x".repeat(256))
}

impl Measured for Steps {
    async fn three(&self, ctx: Context<'_>, run: u64) -> Result<u64, HandlerError> {
        ctx.run(answer).name("first").await?;
        ctx.run(answer).name("second").await?;
        ctx.run(answer).name("third").await?;
        Ok(run)
    }

    async fn one(&self, ctx: Context<'_>, run: u64) -> Result<u64, HandlerError> {
        ctx.run(answer).name("only").await?;
        Ok(run)
    }
}

/// Processor time of all processes whose command holds `restate`, in seconds.
fn processor_seconds() -> f64 {
    let mut ticks = 0.0;
    let Ok(processes) = std::fs::read_dir("/proc") else {
        return 0.0;
    };
    for process in processes.flatten() {
        let command = std::fs::read(process.path().join("comm")).unwrap_or_default();
        if !command.starts_with(b"restate") && !command.starts_with(b"rs:") {
            continue;
        }
        let stat = std::fs::read_to_string(process.path().join("stat")).unwrap_or_default();
        let fields: Vec<f64> = stat
            .rsplit(')')
            .next()
            .unwrap_or_default()
            .split_whitespace()
            .map(|field| field.parse().unwrap_or(0.0))
            .collect();
        ticks += fields.get(11).unwrap_or(&0.0) + fields.get(12).unwrap_or(&0.0);
    }
    ticks / 100.0
}

async fn measure(
    client: &reqwest::Client,
    ingress: &str,
    question: &str,
    handler: &str,
    in_flight: usize,
    count: usize,
) -> Result<(), Trouble> {
    let left = Arc::new(AtomicUsize::new(count));
    let url = format!("{ingress}/Measured/{handler}");
    let (began, processor) = (Instant::now(), processor_seconds());
    let tasks: Vec<_> = (0..in_flight)
        .map(|_| {
            let (client, url, left) = (client.clone(), url.clone(), left.clone());
            tokio::spawn(async move {
                let mut times = Vec::new();
                while let Ok(run) =
                    left.fetch_update(Ordering::Relaxed, Ordering::Relaxed, |left| {
                        left.checked_sub(1)
                    })
                {
                    let at = Instant::now();
                    let answer = client
                        .post(&url)
                        .json(&run)
                        .send()
                        .await?
                        .error_for_status()?;
                    answer.bytes().await?;
                    times.push(at.elapsed());
                }
                Ok::<_, reqwest::Error>(times)
            })
        })
        .collect();
    let mut times: Vec<Duration> = Vec::new();
    for task in tasks {
        times.extend(task.await??);
    }
    let took = began.elapsed().as_secs_f64();
    let processor = processor_seconds() - processor;
    times.sort_unstable();
    let at = |share: usize| times[times.len() * share / 100].as_secs_f64() * 1e3;
    let count = times.len() as f64;
    println!(
        "{}",
        serde_json::json!({
            "engine": "Restate",
            "question": question,
            "in_flight": in_flight,
            "per_second": count / took,
            "median_ms": at(50),
            "p99_ms": at(99),
            "processor_ms": processor * 1e3 / count,
        })
    );
    Ok(())
}

#[tokio::main]
async fn main() -> Result<(), Trouble> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [address, ingress, admin] = arguments.as_slice() else {
        return Err("restate-peer SERVICE_ADDRESS INGRESS_URL ADMIN_URL".into());
    };
    let endpoint = Endpoint::builder().bind(Steps.serve()).build();
    let listen = address.parse()?;
    tokio::spawn(async move { HttpServer::new(endpoint).listen_and_serve(listen).await });
    let client = reqwest::Client::builder().http2_prior_knowledge().build()?;
    let body = serde_json::json!({ "uri": format!("http://{address}"), "force": true });
    client
        .post(format!("{admin}/deployments"))
        .json(&body)
        .send()
        .await?
        .error_for_status()?;
    // What is made once for a service is not measured.
    client
        .post(format!("{ingress}/Measured/three"))
        .json(&0)
        .send()
        .await?
        .error_for_status()?;
    measure(&client, ingress, "three effects", "three", 1, 300).await?;
    measure(&client, ingress, "three reads, one effect", "one", 1, 300).await?;
    measure(&client, ingress, "three effects", "three", 256, 4_000).await?;
    measure(&client, ingress, "three effects", "three", 1_000, 4_000).await?;
    Ok(())
}
