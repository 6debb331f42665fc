//! The Modbus TCP server: units 1–4 of the building, unit 10 for benchmarks,
//! and their faults. Answers from the state as of the last step; refuses what
//! such devices refuse, with their exception codes.

use std::future::{Future, Ready, ready};
use std::io;
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use tokio::net::{TcpListener, TcpStream};
use tokio_modbus::server::tcp::Server;
use tokio_modbus::{ExceptionCode, Request, Response, SlaveRequest};
use tokio_util::sync::CancellationToken;

use super::faults::{Conduct, Device};
use super::state::{Shared, State};
use super::weather::scatter;
use super::{meters, truth::Truth};

/// Largest reads (Modbus Application Protocol V1.1b3, 6.1–6.4).
const LARGEST_BITS: u16 = 2_000;
const LARGEST_REGISTERS: u16 = 125;
/// The unit of plain registers for benchmarks.
pub const BENCH_UNIT: u8 = 10;

type Outcome = Result<Option<Response>, ExceptionCode>;

/// Serves until `stop`.
///
/// # Errors
/// Where accepting fails.
pub async fn serve(
    listener: TcpListener,
    shared: Arc<Shared>,
    stop: CancellationToken,
) -> io::Result<()> {
    let server = Server::new(listener);
    let mut line = shared.faults.modbus_line();
    loop {
        let up = *line.borrow_and_update();
        let on_connected = |stream: TcpStream, _: SocketAddr| {
            let units = up.then(|| Units(Arc::clone(&shared)));
            ready(stream.set_nodelay(true).map(|()| units.map(|units| (units, stream))))
        };
        tokio::select! {
            ended = server.serve(&on_connected, |_| {}) => return ended,
            // Leaving `serve` ends its connections.
            changed = line.changed() => if changed.is_err() { return Ok(()) },
            () = stop.cancelled() => return Ok(()),
        }
    }
}

/// What answers one connection.
#[derive(Clone)]
struct Units(Arc<Shared>);

/// An answer, at once unless the device is slow.
enum Answer {
    Now(Ready<Outcome>),
    Late(Pin<Box<dyn Future<Output = Outcome> + Send>>),
}

impl Future for Answer {
    type Output = Outcome;

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Outcome> {
        match self.get_mut() {
            Self::Now(answer) => Pin::new(answer).poll(context),
            Self::Late(answer) => answer.as_mut().poll(context),
        }
    }
}

impl tokio_modbus::server::Service for Units {
    type Request = SlaveRequest<'static>;
    type Response = Option<Response>;
    type Exception = ExceptionCode;
    type Future = Answer;

    fn call(&self, request: Self::Request) -> Answer {
        let SlaveRequest { slave, request } = request;
        let shared = &self.0;
        match shared.faults.conduct(Device::Unit(slave)) {
            Conduct::Sound | Conduct::NoMultiple => {
                Answer::Now(ready(answer(shared, slave, &request, 0).map(Some)))
            }
            Conduct::Silent => Answer::Now(ready(Ok(None))),
            Conduct::Busy => Answer::Now(ready(Err(ExceptionCode::ServerDeviceBusy))),
            Conduct::Slow(by) => {
                let shared = Arc::clone(shared);
                Answer::Late(Box::pin(async move {
                    // Real time: lateness is the line's, not the building's.
                    tokio::time::sleep(by).await;
                    answer(&shared, slave, &request, 0).map(Some)
                }))
            }
            Conduct::Shifted => Answer::Now(ready(answer(shared, slave, &request, 1).map(Some))),
            Conduct::Garbled => Answer::Now(ready(Ok(Some(garbled(&request))))),
            Conduct::Short => {
                let outcome = answer(shared, slave, &request, 0).map(|whole| Some(cut(whole)));
                Answer::Now(ready(outcome))
            }
            Conduct::Refusing { first, count } => {
                let refused = touches(&request, first, count);
                Answer::Now(ready(if refused {
                    Err(ExceptionCode::IllegalDataAddress)
                } else {
                    answer(shared, slave, &request, 0).map(Some)
                }))
            }
        }
    }
}

/// A sound answer, but for reads displaced by `shift` addresses.
fn answer(
    shared: &Shared,
    unit: u8,
    request: &Request<'static>,
    shift: u16,
) -> Result<Response, ExceptionCode> {
    let now = shared.clock.now().steady;
    let mut state = shared.state();
    let response = match unit {
        1 => boiler_house(&mut state, shared, request, shift)?,
        2 => {
            registers_of(request, meters::ELECTRICITY_LARGEST, shift, &state, meters::electricity)?
        }
        3 => registers_of(request, LARGEST_REGISTERS, shift, &state, meters::heat)?,
        4 => registers_of(request, LARGEST_REGISTERS, shift, &state, meters::gas)?,
        BENCH_UNIT if !state.bench.is_empty() => bench(&mut state, request, shift)?,
        _ => return Err(ExceptionCode::GatewayTargetDevice),
    };
    if unit == 1 {
        state.trovis.heard(now);
    }
    Ok(response)
}

/// A meter: input registers, read only.
fn registers_of(
    request: &Request<'static>,
    largest: u16,
    shift: u16,
    state: &State,
    register: fn(u16, &Truth) -> Option<u16>,
) -> Result<Response, ExceptionCode> {
    let Request::ReadInputRegisters(first, count) = *request else {
        return Err(ExceptionCode::IllegalFunction);
    };
    let truth = state.model.truth();
    read(first, count, largest, shift, |at| register(at, truth)).map(Response::ReadInputRegisters)
}

fn boiler_house(
    state: &mut State,
    shared: &Shared,
    request: &Request<'static>,
    shift: u16,
) -> Result<Response, ExceptionCode> {
    let State { trovis, model, .. } = state;
    let truth = model.truth();
    match request {
        Request::ReadHoldingRegisters(first, count) => {
            read(*first, *count, LARGEST_REGISTERS, shift, |at| {
                trovis.holding(at, truth, &shared.faults)
            })
            .map(Response::ReadHoldingRegisters)
        }
        Request::ReadCoils(first, count) => {
            read(*first, *count, LARGEST_BITS, shift, |at| trovis.coil(at, truth))
                .map(Response::ReadCoils)
        }
        Request::WriteSingleRegister(at, value) => {
            trovis.check_holding(*at, *value)?;
            trovis.write_holding(*at, *value);
            Ok(Response::WriteSingleRegister(*at, *value))
        }
        Request::WriteMultipleRegisters(_, values) if values.is_empty() => {
            Err(ExceptionCode::IllegalDataValue)
        }
        Request::WriteMultipleCoils(_, values) if values.is_empty() => {
            Err(ExceptionCode::IllegalDataValue)
        }
        Request::WriteMultipleRegisters(first, values) => {
            let each = || (*first..=u16::MAX).zip(values.iter().copied());
            // All or nothing.
            for (at, value) in each() {
                trovis.check_holding(at, value)?;
            }
            each().for_each(|(at, value)| trovis.write_holding(at, value));
            Ok(Response::WriteMultipleRegisters(*first, values.len() as u16))
        }
        Request::WriteSingleCoil(at, on) => {
            trovis.write_coil(*at, *on, truth)?;
            Ok(Response::WriteSingleCoil(*at, *on))
        }
        Request::WriteMultipleCoils(first, values) => {
            let each = || (*first..=u16::MAX).zip(values.iter().copied());
            if each().any(|(at, _)| trovis.coil(at, truth).is_none()) {
                return Err(ExceptionCode::IllegalDataAddress);
            }
            for (at, on) in each() {
                trovis.write_coil(at, on, truth)?;
            }
            Ok(Response::WriteMultipleCoils(*first, values.len() as u16))
        }
        _ => Err(ExceptionCode::IllegalFunction),
    }
}

/// Plain holding registers, read and written freely.
fn bench(
    state: &mut State,
    request: &Request<'static>,
    shift: u16,
) -> Result<Response, ExceptionCode> {
    let registers = &mut state.bench;
    let end = |first: u16, count: usize| {
        let end = usize::from(first) + count;
        if end > registers.len() { Err(ExceptionCode::IllegalDataAddress) } else { Ok(end) }
    };
    match request {
        Request::ReadHoldingRegisters(first, count) => {
            if *count == 0 || *count > LARGEST_REGISTERS {
                return Err(ExceptionCode::IllegalDataValue);
            }
            let first = first.saturating_add(shift);
            let end = end(first, usize::from(*count))?;
            Ok(Response::ReadHoldingRegisters(registers[usize::from(first)..end].to_vec()))
        }
        Request::WriteSingleRegister(at, value) => {
            end(*at, 1)?;
            registers[usize::from(*at)] = *value;
            Ok(Response::WriteSingleRegister(*at, *value))
        }
        Request::WriteMultipleRegisters(first, values) => {
            let end = end(*first, values.len())?;
            registers[usize::from(*first)..end].copy_from_slice(values);
            Ok(Response::WriteMultipleRegisters(*first, values.len() as u16))
        }
        _ => Err(ExceptionCode::IllegalFunction),
    }
}

/// Reads `count` things from `first`; all must be there. A shifted read takes
/// each value from the next address, and nothing from behind the last.
fn read<T: Default>(
    first: u16,
    count: u16,
    largest: u16,
    shift: u16,
    at: impl Fn(u16) -> Option<T>,
) -> Result<Vec<T>, ExceptionCode> {
    if count == 0 || count > largest {
        return Err(ExceptionCode::IllegalDataValue);
    }
    let last = first.checked_add(count - 1).ok_or(ExceptionCode::IllegalDataAddress)?;
    (first..=last)
        .map(|address| {
            let value = at(address).ok_or(ExceptionCode::IllegalDataAddress)?;
            Ok(match shift {
                0 => value,
                by => at(address.saturating_add(by)).unwrap_or_default(),
            })
        })
        .collect()
}

/// Whether a read touches the refused block.
fn touches(request: &Request<'static>, first: u16, count: u16) -> bool {
    match *request {
        Request::ReadCoils(at, n)
        | Request::ReadDiscreteInputs(at, n)
        | Request::ReadHoldingRegisters(at, n)
        | Request::ReadInputRegisters(at, n) => {
            let (at, n, first, count) =
                (u32::from(at), u32::from(n), u32::from(first), u32::from(count));
            at < first + count && first < at + n
        }
        _ => false,
    }
}

/// The right function, and bytes that mean nothing.
fn garbled(request: &Request<'static>) -> Response {
    let noise = scatter(u64::from(request.function_code().value()));
    let length = 1 + (noise % 12) as usize;
    let bytes: Vec<u8> = (0..length).map(|i| scatter(noise + i as u64) as u8).collect();
    Response::Custom(request.function_code().value(), bytes.into())
}

/// The answer without its last value.
fn cut(whole: Response) -> Response {
    match whole {
        Response::ReadHoldingRegisters(mut values) => {
            values.pop();
            Response::ReadHoldingRegisters(values)
        }
        Response::ReadInputRegisters(mut values) => {
            values.pop();
            Response::ReadInputRegisters(values)
        }
        Response::ReadCoils(_) => Response::ReadCoils(Vec::new()),
        other => other,
    }
}
