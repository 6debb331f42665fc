//! A Modbus server that means harm, before the guarded client: over TCP, with
//! the framing of TCP or of serial lines. Whatever the client gives was asked
//! for, and a number that it reads is the same number when it is written.

use std::time::Duration;

use hauswart::field::modbus::Guarded;
use hauswart::site::Transport;
use hauswart::wire::modbus::{DataType, Order, assemble, bits_of, number, spread};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

use crate::dice::Dice;
use crate::peer::{self, Act};

const UNIT: u8 = 17;
const QUESTIONS: usize = 12;

pub fn run(bytes: &[u8]) -> bool {
    let mut dice = Dice::new(bytes);
    let serial = dice.byte() & 1 != 0;
    let listener = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
    let port = listener.local_addr().expect("it is bound").port();
    listener.set_nonblocking(true).expect("sockets can");
    let host = "127.0.0.1".to_owned();
    let transport = match serial {
        true => Transport::ModbusRtuOverTcp { host, port },
        false => Transport::ModbusTcp { host, port },
    };
    let asked: [u8; QUESTIONS] = std::array::from_fn(|_| dice.byte());
    let client = async {
        let pause = Duration::ZERO;
        let client = Guarded::new(&transport, Duration::from_millis(500), pause);
        let mut client = client.expect("it is Modbus");
        for which in asked {
            ask(&mut client, which).await;
        }
    };
    peer::talk(client, serve(listener, serial, dice));
    true
}

async fn ask(client: &mut Guarded, which: u8) {
    let count = u16::from(which >> 3) * 4 + 1;
    let address = u16::from(which) << 8;
    match which & 7 {
        0 | 1 => {
            if let Ok(words) = client.read_holding(UNIT, address, count).await {
                assert_eq!(words.len(), usize::from(count));
                words.chunks(4).for_each(numbers);
            }
        }
        2 => {
            if let Ok(words) = client.read_input(UNIT, address, count).await {
                assert_eq!(words.len(), usize::from(count));
            }
        }
        3 => {
            if let Ok(bits) = client.read_coils(UNIT, address, count).await {
                assert_eq!(bits.len(), usize::from(count));
            }
        }
        4 => {
            if let Ok(bits) = client.read_discrete(UNIT, address, count).await {
                assert_eq!(bits.len(), usize::from(count));
            }
        }
        5 => drop(client.write_coil(UNIT, address, which & 8 != 0, which & 16 != 0).await),
        6 => drop(client.write_registers(UNIT, address, &[count], which & 8 != 0).await),
        _ => drop(client.write_registers(UNIT, address, &[count; 4], true).await),
    }
}

/// What registers mean, in every type and order.
fn numbers(words: &[u16]) {
    use DataType::{Bool, F32, F64, I16, I32, I64, U16, U32, U64};
    for order in [Order::Abcd, Order::Cdab, Order::Badc, Order::Dcba] {
        for data in [Bool, U16, I16, U32, I32, U64, I64, F32, F64] {
            let Some(words) = words.get(..usize::from(data.width())) else { continue };
            let bits = assemble(order, words);
            assert_eq!(*spread(order, bits, data.width()), *words);
            let Some(read) = number(data, bits) else { continue };
            assert!(read.is_finite());
            if let Ok(written) = bits_of(data, read) {
                assert_eq!(number(data, written), Some(read), "{data:?} {bits:x}");
            }
        }
    }
}

async fn serve(
    listener: std::net::TcpListener,
    serial: bool,
    mut dice: Dice<'_>,
) -> std::io::Result<()> {
    let listener = TcpListener::from_std(listener)?;
    loop {
        let (stream, _) = listener.accept().await?;
        // Reset by the client: the next one.
        let _ = answer_all(stream, serial, &mut dice).await;
    }
}

async fn answer_all(
    mut stream: TcpStream,
    serial: bool,
    dice: &mut Dice<'_>,
) -> std::io::Result<()> {
    let mut question = [0; 512];
    loop {
        let length = stream.read(&mut question).await?;
        let Some(act) = peer::act(dice) else { return Ok(()) };
        if length == 0 {
            return Ok(());
        }
        let frame = match act.framed {
            true => framed(&act, &question[..length], serial),
            false => act.bytes.to_vec(),
        };
        for _ in 0..=usize::from(act.twice) {
            stream.write_all(&frame).await?;
        }
        if act.close {
            return Ok(());
        }
    }
}

/// The input's bytes behind unit and function of the question.
fn framed(act: &Act<'_>, question: &[u8], serial: bool) -> Vec<u8> {
    let header = if serial { 0 } else { 6 };
    let Some((header, request)) = question.split_at_checked(header) else { return Vec::new() };
    let mut frame: Vec<u8> = request.iter().take(2).copied().collect();
    match request {
        [_, 1..=4, _, _, high, low, ..] if act.fitting => {
            let count = usize::from(u16::from_be_bytes([*high, *low]));
            let bytes = if request[1] <= 2 { count.div_ceil(8) } else { count * 2 };
            frame.push(bytes as u8);
            frame.extend(act.bytes.iter().copied().chain(std::iter::repeat(0)).take(bytes));
        }
        [_, _, echo @ ..] if act.fitting && echo.len() >= 4 => frame.extend(&echo[..4]),
        _ => frame.extend(act.bytes),
    }
    if serial {
        let sum = crc(&frame).to_le_bytes();
        frame.extend(sum);
        return frame;
    }
    let length = u16::try_from(frame.len()).unwrap_or(u16::MAX).to_be_bytes();
    [&header[..4], &length, &frame].concat()
}

/// CRC-16 of serial Modbus (Modbus over Serial Line V1.02, 6.2.2).
fn crc(bytes: &[u8]) -> u16 {
    bytes.iter().fold(0xFFFF, |crc, byte| {
        (0..8).fold(crc ^ u16::from(*byte), |crc, _| {
            if crc & 1 == 1 { (crc >> 1) ^ 0xA001 } else { crc >> 1 }
        })
    })
}
