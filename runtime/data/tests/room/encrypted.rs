//! Redis behind an encrypted way: who proves that it is the machine that was named is spoken to, and nobody else
//! is told anything.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use sophia_data::{Encryption, Position, RedisSettings, Streams};
use sophia_guard::Secret;
use sophia_test_redis::Server;
use tokio::io::copy_bidirectional;
use tokio::net::{TcpListener, TcpStream};
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::ServerConfig;
use tokio_rustls::rustls::crypto::ring;
use tokio_rustls::rustls::pki_types::pem::PemObject as _;
use tokio_rustls::rustls::pki_types::{CertificateDer, PrivateKeyDer};

const PASSWORD: &str = "open sesame";

/// A certificate that the tests have.
fn certificate(name: &str) -> PathBuf {
    let tests = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/room");
    tests.join("certificates").join(name)
}

/// What stands before a server and proves to be `localhost`; behind it nothing is encrypted.
struct Front {
    port: u16,
    /// How many believed it.
    let_in: Arc<AtomicU64>,
}

impl Front {
    async fn before(server: u16) -> Self {
        let chain = vec![CertificateDer::from_pem_file(certificate("server.pem")).unwrap()];
        let key = PrivateKeyDer::from_pem_file(certificate("server.key")).unwrap();
        let config = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_no_client_auth()
            .with_single_cert(chain, key)
            .unwrap();
        let acceptor = TlsAcceptor::from(Arc::new(config));
        let socket = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
        let port = socket.local_addr().unwrap().port();
        let let_in = Arc::new(AtomicU64::new(0));
        let believed = let_in.clone();
        tokio::spawn(async move {
            while let Ok((stream, _)) = socket.accept().await {
                // Who does not trust the certificate hangs up here.
                let Ok(mut outside) = acceptor.accept(stream).await else {
                    continue;
                };
                believed.fetch_add(1, Ordering::Relaxed);
                let mut inside = TcpStream::connect(("127.0.0.1", server)).await.unwrap();
                tokio::spawn(async move {
                    // It ends when one of the two does.
                    let _ = copy_bidirectional(&mut outside, &mut inside).await;
                });
            }
        });
        Self { port, let_in }
    }

    fn named(&self, host: &str, authority: Option<&str>) -> RedisSettings {
        RedisSettings {
            name: "queue".to_owned(),
            host: host.to_owned(),
            port: self.port,
            user: None,
            password: Some(Secret::new(PASSWORD)),
            database: 0,
            encryption: Encryption::Verified(authority.map(certificate)),
        }
    }
}

#[tokio::test]
async fn a_server_that_proves_who_it_is_tells_its_messages() {
    let server = Server::with_password(PASSWORD);
    let place = server.add("orders", &[("body", "1")]);
    let front = Front::before(server.port()).await;
    let settings = front.named("localhost", Some("authority.pem"));
    let mut streams = Streams::open(&settings).await.unwrap();
    assert_eq!(streams.latest("orders").await.unwrap().to_string(), place);
    let within = Duration::from_millis(1);
    let read = streams.behind("orders", Position::default(), 3, within);
    let bodies: Vec<String> = (read.await.unwrap().into_iter())
        .map(|message| message.body)
        .collect();
    assert_eq!(bodies, ["1"]);
    assert_eq!(front.let_in.load(Ordering::Relaxed), 1);
}

#[tokio::test]
async fn a_server_whose_certificate_is_of_nobody_trusted_or_of_another_name_is_told_nothing() {
    let server = Server::with_password(PASSWORD);
    let front = Front::before(server.port()).await;
    for (host, authority) in [
        ("localhost", Some("stranger.pem")),
        // The system knows neither.
        ("localhost", None),
        ("127.0.0.1", Some("authority.pem")),
    ] {
        let settings = front.named(host, authority);
        let problem = Streams::open(&settings).await.err().unwrap();
        assert_eq!(problem.code.as_str(), "S930", "{host} {authority:?}");
        assert!(!format!("{problem:?}").contains("sesame"), "{problem:?}");
    }
    assert_eq!(front.let_in.load(Ordering::Relaxed), 0);
}
