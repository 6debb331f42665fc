//! Bytes on the wire, to the letter. Do not change these: they are the worked
//! examples of the functions as published with the Modbus protocol (Simply
//! Modbus, "FC01" to "FC16"; the frames of functions 5, 6 and 16 as in the
//! Application Protocol V1.1b3, 6). The serial frames carry their checksum.

use std::time::Duration;

use hauswart::field::modbus::{Failure, Guarded};

use crate::hostile::{Act, Framing, Hostile};
use crate::rig::{LONG, rtu_over_tcp, tcp};

/// Unit and PDU, without checksum, of question and answer.
const READ_COILS: [&str; 2] = ["11 01 0013 0025", "11 01 05 CD6BB20E1B"];
const READ_DISCRETE: [&str; 2] = ["11 02 00C4 0016", "11 02 03 ACDB35"];
const READ_HOLDING: [&str; 2] = ["11 03 006B 0003", "11 03 06 AE4156524340"];
const READ_INPUT: [&str; 2] = ["11 04 0008 0001", "11 04 02 000A"];
const WRITE_COIL: [&str; 2] = ["11 05 00AC FF00", "11 05 00AC FF00"];
const WRITE_REGISTER: [&str; 2] = ["11 06 0001 0003", "11 06 0001 0003"];
const WRITE_COILS: [&str; 2] = ["11 0F 0013 0001 01 01", "11 0F 0013 0001"];
const WRITE_REGISTERS: [&str; 2] = ["11 10 0001 0002 04 000A0102", "11 10 0001 0002"];
const REFUSED: [&str; 2] = ["11 03 0000 0001", "11 83 02"];

/// The checksums of the questions above, low byte first.
const CHECKSUMS: [&str; 9] =
    ["0E84", "BAA9", "7687", "B298", "4E8B", "9A9B", "6B98", "C6F0", "869A"];

const ALL: [[&str; 2]; 9] = [
    READ_COILS,
    READ_DISCRETE,
    READ_HOLDING,
    READ_INPUT,
    WRITE_COIL,
    WRITE_REGISTER,
    WRITE_COILS,
    WRITE_REGISTERS,
    REFUSED,
];

fn bytes(hex: &str) -> Vec<u8> {
    let digits: Vec<u32> = hex.chars().filter_map(|digit| digit.to_digit(16)).collect();
    digits.chunks(2).map(|pair| (pair[0] * 16 + pair[1]) as u8).collect()
}

async fn ask_all(client: &mut Guarded) {
    let coils = client.read_coils(17, 0x13, 0x25).await.unwrap();
    let on: Vec<usize> = (0..37).filter(|place| coils[*place]).collect();
    // CD 6B B2 0E 1B, lowest bit first.
    let expected = [0, 2, 3, 6, 7, 8, 9, 11, 13, 14, 17, 20, 21, 23, 25, 26, 27, 32, 33, 35, 36];
    assert_eq!((on.as_slice(), coils.len()), (expected.as_slice(), 37));
    let inputs = client.read_discrete(17, 0xC4, 0x16).await.unwrap();
    assert_eq!(inputs.iter().filter(|on| **on).count(), 14);
    let holding = client.read_holding(17, 0x6B, 3).await;
    assert_eq!(holding, Ok(vec![0xAE41, 0x5652, 0x4340]));
    assert_eq!(client.read_input(17, 8, 1).await, Ok(vec![10]));
    assert_eq!(client.write_coil(17, 0xAC, true, false).await, Ok(()));
    assert_eq!(client.write_registers(17, 1, &[3], false).await, Ok(()));
    assert_eq!(client.write_coil(17, 0x13, true, true).await, Ok(()));
    assert_eq!(client.write_registers(17, 1, &[0x000A, 0x0102], false).await, Ok(()));
    assert_eq!(client.read_holding(17, 0, 1).await, Err(Failure::Refused(2)));
}

#[tokio::test]
async fn modbus_tcp() {
    let server = Hostile::start(Framing::Tcp, |question| {
        vec![Act::Send(question.framed(&bytes(ALL[question.number][1])[1..]))]
    })
    .await;
    ask_all(&mut Guarded::new(&tcp(server.port), LONG, Duration::ZERO).unwrap()).await;
    let expected: Vec<Vec<u8>> = (0_u8..)
        .zip(ALL)
        .map(|(number, [question, _])| {
            let question = bytes(question);
            let mut frame = vec![0, number, 0, 0, 0, question.len() as u8];
            frame.extend(question);
            frame
        })
        .collect();
    assert_eq!(*server.frames.lock().unwrap(), expected);
}

#[tokio::test]
async fn modbus_rtu() {
    let server = Hostile::start(Framing::Rtu, |question| {
        vec![Act::Send(question.framed(&bytes(ALL[question.number][1])[1..]))]
    })
    .await;
    ask_all(&mut Guarded::new(&rtu_over_tcp(server.port), LONG, Duration::ZERO).unwrap()).await;
    let expected: Vec<Vec<u8>> = ALL
        .iter()
        .zip(CHECKSUMS)
        .map(|([question, _], checksum)| [bytes(question), bytes(checksum)].concat())
        .collect();
    assert_eq!(*server.frames.lock().unwrap(), expected);
}
