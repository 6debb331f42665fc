//! The guard around the Modbus library: whatever it returns was asked for.
//! One request at a time, each under a time-out, each answer compared with its
//! question. The context is out of our hands while a request runs and is put
//! back only after a fitting answer, so that a stream that may be out of step
//! cannot be used again, not even when the caller gives up half-way.
//!
//! ```text
//!   closed ──open──▶ open ──question──▶ lent ──fitting answer, refusal──▶ open
//!      ▲                                  │
//!      └── time-out, error, wrong answer, cancelled
//! ```
//! An RTU frame has no transaction number, so a late answer to one question
//! looks like the answer to the next one to the same unit: that unit is not
//! asked again before the longest answer time has passed once more.

use std::io;
use std::pin::Pin;
use std::time::Duration;

use tokio::time::{Sleep, sleep};
use tokio_modbus::client::{Client as _, Context, rtu, tcp};
use tokio_modbus::slave::SlaveContext as _;
use tokio_modbus::{ProtocolError, Request, Response, Slave};

use super::deadline::Deadline;
use super::failure::Failure;
use super::line::Line;
use crate::model::SystemError;
use crate::site::{SerialLine, Transport};

/// No two attempts to open a line closer than this, however fast the clock
/// runs.
const REST: Duration = Duration::from_millis(100);

/// A guarded Modbus client on one line.
pub struct Guarded {
    place: Place,
    timeout: Duration,
    deadline: Deadline,
    pause: Duration,
    context: Option<Context>,
    /// Something fitting has been answered since the line was opened.
    proven: bool,
    hang_ups: u64,
    /// Silence owed before the next request, the next opening, the next
    /// request to one unit.
    pause_left: Option<Timer>,
    rest_left: Option<Timer>,
    late: Vec<(u8, Timer)>,
}

type Timer = Pin<Box<Sleep>>;

enum Place {
    Tcp { host: String, port: u16 },
    RtuOverTcp { host: String, port: u16 },
    Rtu(SerialLine),
}

impl std::fmt::Debug for Guarded {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Guarded").field("open", &self.context.is_some()).finish_non_exhaustive()
    }
}

impl Guarded {
    /// A client that opens its line with the first request. `timeout` is for
    /// one request, opening included; `pause` is the silence between two.
    /// `None` for a transport that is not Modbus.
    #[must_use]
    pub fn new(transport: &Transport, timeout: Duration, pause: Duration) -> Option<Self> {
        let place = match transport.clone() {
            Transport::ModbusTcp { host, port } => Place::Tcp { host, port },
            Transport::ModbusRtuOverTcp { host, port } => Place::RtuOverTcp { host, port },
            Transport::ModbusRtu(line) => Place::Rtu(line),
            Transport::BacnetIp(_) => return None,
        };
        let pause = match &place {
            Place::Rtu(line) => pause.max(frame_gap(line.baud)),
            _ => pause,
        };
        Some(Self {
            place,
            timeout,
            deadline: Deadline::default(),
            pause,
            context: None,
            proven: false,
            hang_ups: 0,
            pause_left: None,
            rest_left: None,
            late: Vec::new(),
        })
    }

    /// How often the other side has closed a line that had worked: because it
    /// started anew, or because it closes what is idle.
    #[must_use]
    pub const fn hang_ups(&self) -> u64 {
        self.hang_ups
    }

    /// Reads holding registers (function 3).
    ///
    /// # Errors
    /// Never gives another number of registers than asked for: see [`Failure`].
    pub async fn read_holding(
        &mut self,
        unit: u8,
        address: u16,
        count: u16,
    ) -> Result<Vec<u16>, Failure> {
        match self.read(unit, Request::ReadHoldingRegisters(address, count)).await? {
            Response::ReadHoldingRegisters(words) => Ok(words),
            other => Err(misfit(&other)),
        }
    }

    /// Reads input registers (function 4).
    ///
    /// # Errors
    /// As [`read_holding`](Self::read_holding).
    pub async fn read_input(
        &mut self,
        unit: u8,
        address: u16,
        count: u16,
    ) -> Result<Vec<u16>, Failure> {
        match self.read(unit, Request::ReadInputRegisters(address, count)).await? {
            Response::ReadInputRegisters(words) => Ok(words),
            other => Err(misfit(&other)),
        }
    }

    /// Reads coils (function 1).
    ///
    /// # Errors
    /// As [`read_holding`](Self::read_holding).
    pub async fn read_coils(
        &mut self,
        unit: u8,
        address: u16,
        count: u16,
    ) -> Result<Vec<bool>, Failure> {
        match self.read(unit, Request::ReadCoils(address, count)).await? {
            Response::ReadCoils(bits) => Ok(first(bits, count)),
            other => Err(misfit(&other)),
        }
    }

    /// Reads discrete inputs (function 2).
    ///
    /// # Errors
    /// As [`read_holding`](Self::read_holding).
    pub async fn read_discrete(
        &mut self,
        unit: u8,
        address: u16,
        count: u16,
    ) -> Result<Vec<bool>, Failure> {
        match self.read(unit, Request::ReadDiscreteInputs(address, count)).await? {
            Response::ReadDiscreteInputs(bits) => Ok(first(bits, count)),
            other => Err(misfit(&other)),
        }
    }

    /// Writes one coil (function 5, or 15 with `multiple`).
    ///
    /// # Errors
    /// If the device does not confirm exactly this; it may have taken it.
    pub async fn write_coil(
        &mut self,
        unit: u8,
        address: u16,
        on: bool,
        multiple: bool,
    ) -> Result<(), Failure> {
        let bits = [on];
        let request = if multiple {
            Request::WriteMultipleCoils(address, bits.as_slice().into())
        } else {
            Request::WriteSingleCoil(address, on)
        };
        self.write(unit, request).await
    }

    /// Writes registers (function 16, or 6 for a single one unless
    /// `multiple`).
    ///
    /// # Errors
    /// As [`write_coil`](Self::write_coil).
    pub async fn write_registers(
        &mut self,
        unit: u8,
        address: u16,
        words: &[u16],
        multiple: bool,
    ) -> Result<(), Failure> {
        let request = match words {
            [word] if !multiple => Request::WriteSingleRegister(address, *word),
            _ => Request::WriteMultipleRegisters(address, words.into()),
        };
        self.write(unit, request).await
    }

    /// A line that had worked and now turns out to be broken or out of step
    /// is opened anew and asked once more; a time-out is not repeated.
    async fn read(&mut self, unit: u8, question: Request<'_>) -> Result<Response, Failure> {
        let proven = self.proven && self.context.is_some();
        match self.exchange(unit, question.clone()).await {
            Err(Failure::Closed { .. } | Failure::Wrong(_)) if proven => {
                self.exchange(unit, question).await
            }
            outcome => outcome,
        }
    }

    /// Repeated only where nothing has been sent.
    async fn write(&mut self, unit: u8, question: Request<'_>) -> Result<(), Failure> {
        let outcome = match self.exchange(unit, question.clone()).await {
            Err(Failure::Closed { sent: false, .. }) => self.exchange(unit, question).await,
            outcome => outcome,
        };
        outcome.map(drop)
    }

    async fn exchange(&mut self, unit: u8, question: Request<'_>) -> Result<Response, Failure> {
        self.silence_owed(unit).await;
        let mut open = self.context.is_some();
        let lent = self.context.take();
        if !open {
            self.proven = false;
        }
        let asked = question.clone();
        let place = &self.place;
        let outcome = self.deadline.within(self.timeout, async {
            let mut context = match lent {
                Some(context) => context,
                None => place
                    .open()
                    .await
                    .map_err(|error| Failure::Unreachable(SystemError::from(&error)))?,
            };
            open = true;
            context.set_slave(Slave(unit));
            let answer = context.call(question).await.map_err(failure)?;
            Ok((context, answer))
        });
        let outcome = outcome.await;
        if !self.pause.is_zero() {
            self.pause_left = Some(Box::pin(sleep(self.pause)));
        }
        let failure = match outcome {
            Some(Ok((context, Ok(answer)))) => match check(&asked, &answer) {
                Ok(()) => {
                    self.keep(context);
                    return Ok(answer);
                }
                Err(failure) => failure,
            },
            Some(Ok((context, Err(exception)))) => {
                self.keep(context);
                return Err(Failure::Refused(exception.into()));
            }
            Some(Err(failure)) => failure,
            None if open => Failure::TimedOut,
            None => Failure::Unreachable(io::ErrorKind::TimedOut.into()),
        };
        self.ended(unit, &failure);
        Err(failure)
    }

    fn keep(&mut self, context: Context) {
        self.context = Some(context);
        self.proven = true;
    }

    /// The context is gone; what has to be waited for before the next request.
    fn ended(&mut self, unit: u8, failure: &Failure) {
        tracing::debug!(unit, %failure, "line closed");
        if self.proven && matches!(failure, Failure::Closed { .. }) {
            self.hang_ups += 1;
        }
        match failure {
            Failure::Unreachable(_) => self.rest_left = Some(Box::pin(sleep(REST))),
            Failure::Closed { sent: false, .. } => {}
            _ if matches!(self.place, Place::Tcp { .. }) => {}
            _ => {
                self.late.retain(|(other, timer)| *other != unit && !timer.is_elapsed());
                self.late.push((unit, Box::pin(sleep(self.timeout))));
            }
        }
    }

    async fn silence_owed(&mut self, unit: u8) {
        if let Some(place) = self.late.iter().position(|(late, _)| *late == unit) {
            self.late.swap_remove(place).1.await;
        }
        if self.context.is_none()
            && let Some(rest) = self.rest_left.take()
        {
            rest.await;
        }
        if let Some(pause) = self.pause_left.take() {
            pause.await;
        }
    }
}

impl Place {
    async fn open(&self) -> io::Result<Context> {
        Ok(match self {
            Self::Tcp { host, port } => tcp::attach(Line::tcp(host, *port).await?),
            Self::RtuOverTcp { host, port } => rtu::attach(Line::tcp(host, *port).await?),
            Self::Rtu(line) => rtu::attach(Line::serial(line)?),
        })
    }
}

/// The silence that ends a frame: 3.5 characters of 11 bits, 1.75 ms above
/// 19200 baud (Modbus over Serial Line V1.02, 2.5.1.1).
fn frame_gap(baud: u32) -> Duration {
    if baud > 19_200 {
        Duration::from_micros(1750)
    } else {
        Duration::from_secs_f64(3.5 * 11.0 / f64::from(baud.max(300)))
    }
}

/// Whether an answer is one to this question. The library has compared header
/// and function; it compares lengths and echoes in debug builds only.
fn check(question: &Request<'_>, answer: &Response) -> Result<(), Failure> {
    let bytes_of = |count: u16| usize::from(count).div_ceil(8) * 8;
    let fits = match (question, answer) {
        (Request::ReadHoldingRegisters(_, count), Response::ReadHoldingRegisters(words))
        | (Request::ReadInputRegisters(_, count), Response::ReadInputRegisters(words)) => {
            words.len() == usize::from(*count)
        }
        (Request::ReadCoils(_, count), Response::ReadCoils(bits))
        | (Request::ReadDiscreteInputs(_, count), Response::ReadDiscreteInputs(bits)) => {
            bits.len() == bytes_of(*count)
        }
        (Request::WriteSingleCoil(address, on), Response::WriteSingleCoil(at, echo)) => {
            (address, on) == (at, echo)
        }
        (Request::WriteSingleRegister(address, word), Response::WriteSingleRegister(at, echo)) => {
            (address, word) == (at, echo)
        }
        (Request::WriteMultipleCoils(address, bits), Response::WriteMultipleCoils(at, count)) => {
            address == at && bits.len() == usize::from(*count)
        }
        (
            Request::WriteMultipleRegisters(address, words),
            Response::WriteMultipleRegisters(at, count),
        ) => address == at && words.len() == usize::from(*count),
        _ => false,
    };
    if fits { Ok(()) } else { Err(misfit(answer)) }
}

fn misfit(answer: &Response) -> Failure {
    Failure::Wrong(match answer {
        Response::ReadHoldingRegisters(words) | Response::ReadInputRegisters(words) => {
            format!("{} registers", words.len())
        }
        Response::ReadCoils(bits) | Response::ReadDiscreteInputs(bits) => {
            format!("{} bits", bits.len())
        }
        other => format!("{other:?}"),
    })
}

fn failure(error: tokio_modbus::Error) -> Failure {
    match error {
        tokio_modbus::Error::Protocol(ProtocolError::HeaderMismatch { message, .. }) => {
            Failure::Wrong(message)
        }
        tokio_modbus::Error::Protocol(error) => Failure::Wrong(error.to_string()),
        tokio_modbus::Error::Transport(error) => match error.kind() {
            // The last is how the library's decoder says "too short".
            io::ErrorKind::InvalidData
            | io::ErrorKind::InvalidInput
            | io::ErrorKind::UnexpectedEof => Failure::Wrong(error.to_string()),
            kind => {
                let why = SystemError::from(&error);
                Failure::Closed { why, sent: kind != io::ErrorKind::NotConnected }
            }
        },
    }
}

fn first(mut bits: Vec<bool>, count: u16) -> Vec<bool> {
    bits.truncate(count.into());
    bits
}
