//! The last lines that a server wrote to stderr: shown when it dies, forgotten otherwise.
//!
//! Kept true here: a server may write as much as it likes, what is kept is bounded; secrets are
//! masked before a line is kept.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncReadExt};
use tokio::task::JoinHandle;

use super::secret::Mask;
use crate::limits;

/// Bytes of one line that are looked at. A secret is masked only where it is seen whole, so this is
/// much more than what is shown.
const LINE_BYTES: usize = 64 * 1024;

/// Reads a stream to its end in a task of its own.
pub(super) struct LastWords {
    lines: Arc<Mutex<VecDeque<String>>>,
    reader: JoinHandle<()>,
}

impl LastWords {
    /// Starts to read.
    pub(super) fn of(stream: impl AsyncRead + Unpin + Send + 'static, mask: Mask) -> Self {
        let lines = Arc::new(Mutex::new(VecDeque::new()));
        let reader = tokio::spawn(read(stream, mask, Arc::clone(&lines)));
        Self { lines, reader }
    }

    /// What was kept so far, oldest first.
    pub(super) fn so_far(&self) -> Vec<String> {
        let lines = self.lines.lock().unwrap_or_else(PoisonError::into_inner);
        lines.iter().cloned().collect()
    }

    /// Everything that is still in the pipe of a dead process, then what was kept. Something outside
    /// the process group may hold the pipe open, so this waits only a moment.
    pub(super) async fn all(&mut self) -> Vec<String> {
        let _ended = tokio::time::timeout(Duration::from_millis(500), &mut self.reader).await;
        self.so_far()
    }
}

impl Drop for LastWords {
    fn drop(&mut self) {
        self.reader.abort();
    }
}

async fn read(mut stream: impl AsyncRead + Unpin, mask: Mask, lines: Arc<Mutex<VecDeque<String>>>) {
    let keep = |line: &[u8]| {
        let text = mask.shown(&String::from_utf8_lossy(line));
        if text.is_empty() {
            return;
        }
        let mut lines = lines.lock().unwrap_or_else(PoisonError::into_inner);
        if lines.len() == limits::LAST_LINES {
            lines.pop_front();
        }
        lines.push_back(text);
    };
    let mut line = Vec::new();
    let mut chunk = vec![0; 8 * 1024];
    while let Ok(count) = stream.read(&mut chunk).await {
        if count == 0 {
            break;
        }
        for byte in chunk.iter().take(count) {
            if *byte == b'\n' {
                keep(&line);
                line.clear();
            } else if line.len() < LINE_BYTES {
                line.push(*byte);
            }
        }
    }
    keep(&line);
}
