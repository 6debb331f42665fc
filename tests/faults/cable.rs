//! A cable between the daemon and a TCP device: pulled, nothing passes any
//! more and nobody is told; plugged in again, the old connections stay dead, as
//! after a switch that lost its table or a device that lost its power.

use std::io::{Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::thread;

#[derive(Default)]
struct State {
    pulled: AtomicBool,
    /// Grows with each pull: connections of before are dead.
    pulls: AtomicU64,
}

pub struct Cable {
    pub port: u16,
    state: Arc<State>,
}

impl Cable {
    /// To a device on loopback.
    pub fn to(device: u16) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let state = Arc::new(State::default());
        let shared = Arc::clone(&state);
        thread::spawn(move || {
            for near in listener.incoming().flatten() {
                // A pulled cable still looks open: the near end has taken it.
                let Ok(far) = TcpStream::connect(("127.0.0.1", device)) else { continue };
                let pulls = shared.pulls.load(Ordering::SeqCst);
                let ends = [(near.try_clone(), far.try_clone()), (Ok(far), Ok(near))];
                for (from, to) in ends {
                    let (from, to) = (from.unwrap(), to.unwrap());
                    let state = Arc::clone(&shared);
                    thread::spawn(move || pass(from, to, &state, pulls));
                }
            }
        });
        Self { port, state }
    }

    pub fn pull(&self) {
        self.state.pulls.fetch_add(1, Ordering::SeqCst);
        self.state.pulled.store(true, Ordering::SeqCst);
    }

    pub fn plug_in(&self) {
        self.state.pulled.store(false, Ordering::SeqCst);
    }
}

/// Passes bytes on until an end closes; swallows them where the cable was
/// pulled since.
fn pass(mut from: TcpStream, mut to: TcpStream, state: &State, pulls: u64) {
    let mut buffer = [0; 4096];
    while let Ok(count) = from.read(&mut buffer) {
        let dead =
            state.pulled.load(Ordering::SeqCst) || state.pulls.load(Ordering::SeqCst) != pulls;
        if count == 0 {
            break;
        }
        if !dead && to.write_all(&buffer[..count]).is_err() {
            break;
        }
    }
    let _ = to.shutdown(Shutdown::Both);
}
