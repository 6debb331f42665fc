//! A Modbus server that does what a script says to each question: late, short,
//! shifted, closing. What it sends goes to whoever is connected at that
//! moment, as a gateway before a serial line does.

use std::net::SocketAddr;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::TcpListener;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Framing {
    Tcp,
    Rtu,
}

/// A request, taken apart.
#[derive(Debug, Clone)]
pub struct Question {
    /// Counted from 0 over all connections.
    pub number: usize,
    pub framing: Framing,
    /// TCP only.
    pub transaction: u16,
    pub unit: u8,
    pub function: u8,
    pub address: u16,
    /// Or the value of functions 5 and 6.
    pub count: u16,
}

pub enum Act {
    Send(Vec<u8>),
    Wait(Duration),
    Close,
}

impl Question {
    fn parse(frame: &[u8], framing: Framing, number: usize) -> Self {
        let pdu = if framing == Framing::Tcp { 7 } else { 1 };
        let word = |at: usize| u16::from_be_bytes([frame[at], frame[at + 1]]);
        Self {
            number,
            framing,
            transaction: word(0),
            unit: frame[pdu - 1],
            function: frame[pdu],
            address: word(pdu + 1),
            count: word(pdu + 3),
        }
    }

    /// The register that this server holds at `address`.
    pub fn truth(unit: u8, address: u16) -> u16 {
        u16::from(unit) * 1000 + address
    }

    /// The right answer.
    pub fn answer(&self) -> Vec<u8> {
        let mut pdu = vec![self.function];
        match self.function {
            1 | 2 => {
                let bytes = self.count.div_ceil(8);
                pdu.push(bytes as u8);
                pdu.extend((0..bytes).map(|_| 0b0101_0101));
            }
            3 | 4 => {
                pdu.push((self.count * 2) as u8);
                for at in self.address..self.address + self.count {
                    pdu.extend(Self::truth(self.unit, at).to_be_bytes());
                }
            }
            _ => {
                pdu.extend(self.address.to_be_bytes());
                pdu.extend(self.count.to_be_bytes());
            }
        }
        pdu
    }

    /// `pdu` in a frame that fits this question.
    pub fn framed(&self, pdu: &[u8]) -> Vec<u8> {
        self.framed_as(self.transaction, self.unit, pdu)
    }

    pub fn framed_as(&self, transaction: u16, unit: u8, pdu: &[u8]) -> Vec<u8> {
        let mut frame = Vec::new();
        if self.framing == Framing::Tcp {
            frame.extend(transaction.to_be_bytes());
            frame.extend([0, 0]);
            frame.extend((pdu.len() as u16 + 1).to_be_bytes());
        }
        frame.push(unit);
        frame.extend(pdu);
        if self.framing == Framing::Rtu {
            frame.extend(crc(&frame).to_le_bytes());
        }
        frame
    }

    pub fn right(&self) -> Act {
        Act::Send(self.framed(&self.answer()))
    }
}

/// CRC-16 of serial Modbus (Modbus over Serial Line V1.02, 6.2.2).
pub fn crc(bytes: &[u8]) -> u16 {
    bytes.iter().fold(0xFFFF, |crc, byte| {
        (0..8).fold(crc ^ u16::from(*byte), |crc, _| {
            if crc & 1 == 1 { (crc >> 1) ^ 0xA001 } else { crc >> 1 }
        })
    })
}

type Script = Arc<dyn Fn(&Question) -> Vec<Act> + Send + Sync>;
type Writer = Arc<tokio::sync::Mutex<Option<Box<dyn AsyncWrite + Send + Unpin>>>>;

/// A server at work; ends with its runtime.
pub struct Hostile {
    pub port: u16,
    pub connections: Arc<AtomicUsize>,
    /// Frames as they came.
    pub frames: Arc<Mutex<Vec<Vec<u8>>>>,
    /// Questions that came while an earlier one had not been answered.
    pub overlaps: Arc<AtomicUsize>,
}

#[derive(Clone)]
struct Talk {
    script: Script,
    framing: Framing,
    writer: Writer,
    asked: Arc<AtomicUsize>,
    open: Arc<AtomicUsize>,
    frames: Arc<Mutex<Vec<Vec<u8>>>>,
    overlaps: Arc<AtomicUsize>,
}

impl Talk {
    fn new(framing: Framing, script: Script) -> Self {
        Self {
            script,
            framing,
            writer: Arc::default(),
            asked: Arc::default(),
            open: Arc::default(),
            frames: Arc::default(),
            overlaps: Arc::default(),
        }
    }

    async fn read_frame(&self, reader: &mut (impl AsyncRead + Unpin)) -> Option<Vec<u8>> {
        let mut frame = vec![0; if self.framing == Framing::Tcp { 6 } else { 7 }];
        reader.read_exact(&mut frame).await.ok()?;
        let rest = match self.framing {
            Framing::Tcp => usize::from(frame[5]),
            Framing::Rtu if matches!(frame[1], 15 | 16) => usize::from(frame[6]) + 2,
            Framing::Rtu => 1,
        };
        let start = frame.len();
        frame.resize(start + rest, 0);
        reader.read_exact(&mut frame[start..]).await.ok()?;
        Some(frame)
    }

    async fn converse(
        self,
        mut reader: impl AsyncRead + Unpin,
        writer: impl AsyncWrite + Send + Unpin + 'static,
    ) {
        *self.writer.lock().await = Some(Box::new(writer));
        while let Some(frame) = self.read_frame(&mut reader).await {
            self.frames.lock().unwrap().push(frame.clone());
            let number = self.asked.fetch_add(1, Ordering::SeqCst);
            if self.open.fetch_add(1, Ordering::SeqCst) > 0 {
                self.overlaps.fetch_add(1, Ordering::SeqCst);
            }
            let acts = (self.script)(&Question::parse(&frame, self.framing, number));
            tokio::spawn(self.clone().act(acts));
        }
    }

    async fn act(self, acts: Vec<Act>) {
        for act in acts {
            match act {
                Act::Wait(long) => tokio::time::sleep(long).await,
                Act::Send(bytes) => {
                    // Answered before the answer can be seen.
                    let _ = self.open.fetch_update(Ordering::SeqCst, Ordering::SeqCst, |open| {
                        open.checked_sub(1)
                    });
                    if let Some(writer) = self.writer.lock().await.as_mut() {
                        let _ = writer.write_all(&bytes).await;
                        let _ = writer.flush().await;
                    }
                }
                Act::Close => *self.writer.lock().await = None,
            }
        }
    }
}

impl Hostile {
    /// Serves TCP on a free port of its own.
    pub async fn start(
        framing: Framing,
        script: impl Fn(&Question) -> Vec<Act> + Send + Sync + 'static,
    ) -> Self {
        let listener = TcpListener::bind(SocketAddr::from(([127, 0, 0, 1], 0))).await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let talk = Talk::new(framing, Arc::new(script));
        let connections = Arc::new(AtomicUsize::new(0));
        let server = Self {
            port,
            connections: Arc::clone(&connections),
            frames: Arc::clone(&talk.frames),
            overlaps: Arc::clone(&talk.overlaps),
        };
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                connections.fetch_add(1, Ordering::SeqCst);
                talk.open.store(0, Ordering::SeqCst);
                let (reader, writer) = stream.into_split();
                tokio::spawn(talk.clone().converse(reader, writer));
            }
        });
        server
    }

    /// Serves the other end of a serial line.
    pub fn on_serial(path: &str, script: impl Fn(&Question) -> Vec<Act> + Send + Sync + 'static) {
        let settings = tokio_serial::new(path, 19_200);
        let port = tokio_serial::SerialStream::open(&settings).unwrap();
        let (reader, writer) = tokio::io::split(port);
        tokio::spawn(Talk::new(Framing::Rtu, Arc::new(script)).converse(reader, writer));
    }
}
