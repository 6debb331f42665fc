//! What the bare library gets wrong (it has no time-outs, compares lengths
//! and echoes in debug builds only, stays out of step for good): each case
//! here hands out a wrong value or never recovers without the guard.

use std::sync::atomic::Ordering;
use std::time::Duration;

use hauswart::field::modbus::{Failure, Guarded};
use hauswart::model::Language;
use hauswart::site::Transport;

use crate::hostile::{Act, Framing, Hostile, Question};
use crate::lines::serial_pair;
use crate::rig::{LONG, rtu_over_tcp, tcp};

/// The time-out where one must pass; answers of a sound server take none.
const SHORT: Duration = Duration::from_millis(500);
const BOTH: [Framing; 2] = [Framing::Tcp, Framing::Rtu];

fn client(framing: Framing, port: u16, timeout: Duration) -> Guarded {
    let transport = if framing == Framing::Tcp { tcp(port) } else { rtu_over_tcp(port) };
    Guarded::new(&transport, timeout, Duration::ZERO).unwrap()
}

fn truth(unit: u8, address: u16, count: u16) -> Vec<u16> {
    (address..address + count).map(|at| Question::truth(unit, at)).collect()
}

/// The answer to the first question comes half a time-out too late. A serial
/// device answers one question after the other, so the second answer comes
/// after it.
fn first_is_late(question: &Question) -> Vec<Act> {
    match question.number {
        0 => vec![Act::Wait(SHORT + SHORT / 2), question.right()],
        1 => vec![Act::Wait(SHORT * 3 / 4), question.right()],
        _ => vec![question.right()],
    }
}

async fn a_late_answer_is_never_the_next_one(client: &mut Guarded) {
    assert_eq!(client.read_holding(1, 10, 1).await, Err(Failure::TimedOut));
    for address in 20..25 {
        assert_eq!(client.read_holding(1, address, 1).await, Ok(truth(1, address, 1)));
    }
}

/// Guard 1.
#[tokio::test]
async fn a_late_answer_over_tcp() {
    let server = Hostile::start(Framing::Tcp, |question| match question.number {
        0 => vec![Act::Wait(SHORT + SHORT / 2), question.right()],
        _ => vec![question.right()],
    })
    .await;
    a_late_answer_is_never_the_next_one(&mut client(Framing::Tcp, server.port, SHORT)).await;
    assert_eq!(server.connections.load(Ordering::SeqCst), 2);
}

/// Guard 1: an RTU frame has no number by which it could be told.
#[tokio::test]
async fn a_late_answer_over_rtu_over_tcp() {
    let server = Hostile::start(Framing::Rtu, first_is_late).await;
    a_late_answer_is_never_the_next_one(&mut client(Framing::Rtu, server.port, SHORT)).await;
}

/// Guard 1: here the late answer waits in the port's buffer.
#[tokio::test]
async fn a_late_answer_on_a_serial_line() {
    let folder = tempfile::tempdir().unwrap();
    let (_pair, line, theirs) = serial_pair(folder.path());
    Hostile::on_serial(&theirs, first_is_late);
    let transport = Transport::ModbusRtu(line);
    let mut client = Guarded::new(&transport, SHORT, Duration::ZERO).unwrap();
    a_late_answer_is_never_the_next_one(&mut client).await;
}

/// The neighbour is not made to wait, and the late answer is not its value.
#[tokio::test]
async fn a_late_answer_is_not_the_neighbours() {
    let server = Hostile::start(Framing::Rtu, first_is_late).await;
    let mut client = client(Framing::Rtu, server.port, SHORT);
    assert_eq!(client.read_holding(1, 10, 1).await, Err(Failure::TimedOut));
    for address in 20..25 {
        match client.read_holding(2, address, 1).await {
            Ok(words) => assert_eq!(words, truth(2, address, 1)),
            Err(failure) => assert!(matches!(failure, Failure::Wrong(_)), "{failure:?}"),
        }
    }
    assert_eq!(client.read_holding(1, 30, 1).await, Ok(truth(1, 30, 1)));
}

/// Guard 1: an answer sent twice lies in the buffer before the next question.
#[tokio::test]
async fn an_answer_that_comes_twice() {
    for framing in BOTH {
        let server = Hostile::start(framing, |question| {
            vec![question.right(), Act::Wait(Duration::from_millis(20)), question.right()]
        })
        .await;
        let mut client = client(framing, server.port, LONG);
        for address in 0..5 {
            assert_eq!(client.read_holding(1, address, 1).await, Ok(truth(1, address, 1)));
            tokio::time::sleep(Duration::from_millis(200)).await;
        }
    }
}

/// A caller that gives up half-way leaves no stream out of step behind.
#[tokio::test]
async fn a_question_given_up() {
    let server = Hostile::start(Framing::Tcp, |question| match question.number {
        0 => vec![Act::Wait(SHORT), question.right()],
        _ => vec![question.right()],
    })
    .await;
    let mut client = client(Framing::Tcp, server.port, LONG);
    let given_up = tokio::time::timeout(SHORT / 2, client.read_holding(1, 10, 1)).await;
    assert!(given_up.is_err());
    assert_eq!(client.read_holding(1, 20, 1).await, Ok(truth(1, 20, 1)));
}

/// A server that answers each question wrongly in one way.
async fn wrong_server(
    framing: Framing,
    wrong: impl Fn(&Question) -> Vec<u8> + Send + Sync + 'static,
) -> (Hostile, Guarded) {
    let server = Hostile::start(framing, move |question| {
        if question.address == 99 {
            vec![question.right()]
        } else {
            vec![Act::Send(wrong(question))]
        }
    })
    .await;
    let client = client(framing, server.port, SHORT);
    (server, client)
}

/// Guard 2.
#[tokio::test]
async fn answers_of_another_length() {
    for framing in BOTH {
        for count in [0, 1, 3, 125] {
            let (_server, mut client) = wrong_server(framing, move |question| {
                question.framed(&Question { count, ..question.clone() }.answer())
            })
            .await;
            let holding = client.read_holding(1, 10, 2).await;
            assert!(matches!(holding, Err(Failure::Wrong(_))), "{count}: {holding:?}");
            let input = client.read_input(1, 10, 2).await;
            assert!(matches!(input, Err(Failure::Wrong(_))), "{count}: {input:?}");
            assert_eq!(client.read_holding(1, 99, 2).await, Ok(truth(1, 99, 2)));
        }
        for count in [0, 8, 17, 2000] {
            let (_server, mut client) = wrong_server(framing, move |question| {
                question.framed(&Question { count, ..question.clone() }.answer())
            })
            .await;
            let coils = client.read_coils(1, 10, 10).await;
            assert!(matches!(coils, Err(Failure::Wrong(_))), "{count}: {coils:?}");
            let inputs = client.read_discrete(1, 10, 10).await;
            assert!(matches!(inputs, Err(Failure::Wrong(_))), "{count}: {inputs:?}");
            assert_eq!(client.read_coils(1, 99, 3).await, Ok(vec![true, false, true]));
        }
    }
}

/// Guard 2: an echo of something else means that something else was written.
#[tokio::test]
async fn echoes_of_something_else() {
    for framing in BOTH {
        for (address, count) in [(0, 1), (1, 0), (1, 1)] {
            let (_server, mut client) = wrong_server(framing, move |question| {
                let mut echo = question.clone();
                echo.address += address;
                // A coil's echo is 0x0000 or 0xFF00.
                echo.count =
                    if question.function == 5 && count > 0 { 0 } else { echo.count + count };
                question.framed(&echo.answer())
            })
            .await;
            let outcomes = [
                client.write_coil(1, 10, true, false).await,
                client.write_coil(1, 10, true, true).await,
                client.write_registers(1, 10, &[7], false).await,
                client.write_registers(1, 10, &[7], true).await,
                client.write_registers(1, 10, &[7, 8], false).await,
            ];
            for outcome in outcomes {
                assert!(matches!(outcome, Err(Failure::Wrong(_))), "{framing:?} {outcome:?}");
            }
            assert_eq!(client.write_registers(1, 99, &[7], false).await, Ok(()));
        }
    }
}

/// Shifted, foreign and garbled answers.
#[tokio::test]
async fn answers_to_other_questions() {
    type Wrong = fn(&Question) -> Vec<u8>;
    let both: [Wrong; 6] = [
        |q| q.framed_as(q.transaction, q.unit + 1, &q.answer()),
        |q| q.framed(&Question { function: 4, ..q.clone() }.answer()),
        |q| q.framed(&[0x84, 2]),
        |q| q.framed(&[0x03, 0x03, 1, 2, 3]),
        |q| q.framed(&[0x6B, 0x00, 0x00, 0x00]),
        |q| q.framed(&[0x06, 0x00, 0x0A, 0x00, 0x02]),
    ];
    let tcp: [Wrong; 5] = [
        |q| q.framed_as(q.transaction.wrapping_sub(1), q.unit, &q.answer()),
        |q| q.framed_as(q.transaction.wrapping_add(256), q.unit, &q.answer()),
        |q| {
            let mut frame = q.framed(&q.answer());
            frame[3] = 1;
            frame
        },
        |q| q.framed(&[]),
        |q| q.framed(&[0x83]),
    ];
    let rtu: [Wrong; 2] = [
        |q| {
            let mut frame = q.framed(&q.answer());
            *frame.last_mut().unwrap() ^= 1;
            frame
        },
        |_| vec![0x5A; 64],
    ];
    let cases = both
        .iter()
        .flat_map(|wrong| BOTH.map(|framing| (framing, *wrong)))
        .chain(tcp.map(|wrong| (Framing::Tcp, wrong)))
        .chain(rtu.map(|wrong| (Framing::Rtu, wrong)));
    for (case, (framing, wrong)) in cases.enumerate() {
        let (_server, mut client) = wrong_server(framing, wrong).await;
        let answer = client.read_holding(1, 10, 2).await;
        let refused = matches!(answer, Err(Failure::Wrong(_) | Failure::TimedOut));
        assert!(refused, "case {case}, {framing:?}: {answer:?}");
        assert_eq!(client.read_holding(1, 99, 2).await, Ok(truth(1, 99, 2)), "case {case}");
    }
}

/// Guard 3: a server that closes after each answer, as gateways with few
/// places do, is asked anew; nothing is lost.
#[tokio::test]
async fn a_line_closed_between_questions() {
    for framing in BOTH {
        let server = Hostile::start(framing, |question| vec![question.right(), Act::Close]).await;
        let mut client = client(framing, server.port, SHORT);
        for address in 0..5 {
            assert_eq!(client.read_holding(1, address, 2).await, Ok(truth(1, address, 2)));
            tokio::time::sleep(Duration::from_millis(50)).await;
            assert_eq!(client.write_registers(1, address, &[1], false).await, Ok(()));
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        assert_eq!(server.connections.load(Ordering::SeqCst), 10);
    }
}

/// Guard 3: closed instead of an answer. A write is not sent twice.
#[tokio::test]
async fn a_line_closed_instead_of_an_answer() {
    for framing in BOTH {
        let server = Hostile::start(framing, |question| match question.number {
            0 => vec![question.right()],
            1 | 2 => vec![Act::Close],
            _ => vec![question.right()],
        })
        .await;
        let mut client = client(framing, server.port, SHORT);
        assert_eq!(client.read_holding(1, 1, 1).await, Ok(truth(1, 1, 1)));
        let outcome = client.write_registers(1, 1, &[5], false).await;
        let Err(Failure::Closed { why, sent: true }) = outcome else { panic!("{outcome:?}") };
        assert!(why.words(Language::En).contains("closed it"), "{why}");
        assert!(matches!(client.read_holding(1, 2, 1).await, Err(Failure::Closed { .. })));
        assert_eq!(client.read_holding(1, 3, 1).await, Ok(truth(1, 3, 1)));
        let frames = server.frames.lock().unwrap();
        assert_eq!(frames.len(), 4, "{frames:?}");
    }
}

/// Guard 3: an announced length that never comes, and a server that says
/// nothing at all, cost one time-out each.
#[tokio::test]
async fn absurd_lengths_and_silence() {
    let absurd = |question: &Question| {
        let mut frame = question.framed(&question.answer());
        if question.framing == Framing::Tcp {
            frame[4..6].copy_from_slice(&[0xFF, 0xFF]);
        } else {
            frame[2] = 0xFE;
        }
        frame
    };
    for framing in BOTH {
        for silent in [false, true] {
            let (_server, mut client) =
                wrong_server(
                    framing,
                    move |question| {
                        if silent { Vec::new() } else { absurd(question) }
                    },
                )
                .await;
            let answer = tokio::time::timeout(LONG, client.read_holding(1, 10, 2)).await;
            assert_eq!(answer, Ok(Err(Failure::TimedOut)));
            assert_eq!(client.read_holding(1, 99, 2).await, Ok(truth(1, 99, 2)));
        }
    }
}

#[tokio::test]
async fn nobody_there() {
    let port = crate::peers::free_tcp_port();
    let mut client = client(Framing::Tcp, port, LONG);
    let answer = client.read_holding(1, 0, 1).await;
    assert!(matches!(answer, Err(Failure::Unreachable(_))), "{answer:?}");
}
