//! The driver before servers that misbehave: nothing but the truth is told,
//! one question at a time.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use hauswart::clock::Scaled;
use hauswart::field::modbus::Guarded;
use hauswart::field::{DeviceState, News};
use hauswart::model::Quality;
use hauswart::site::ModbusLimits;

use crate::hostile::{Act, Framing, Hostile, Question};
use crate::rig::*;

/// Every other answer is wrong in one of these ways, in turn.
fn misbehave(question: &Question) -> Vec<Act> {
    let q = question;
    let wrong = |frame: Vec<u8>| vec![Act::Send(frame)];
    match q.number % 16 {
        1 => vec![Act::Wait(Duration::from_millis(450)), q.right()],
        3 => wrong(q.framed(&Question { count: q.count - 1, ..q.clone() }.answer())),
        5 => wrong(q.framed_as(q.transaction.wrapping_sub(1), q.unit ^ 3, &q.answer())),
        7 => wrong(q.framed(&Question { function: 4, ..q.clone() }.answer())),
        9 => vec![Act::Close],
        11 => wrong(q.framed(&q.answer())[..6].to_vec()),
        // Over RTU a second copy could only be told if it came before the next
        // question, which is tests/modbus/guard.rs's case.
        13 if q.framing == Framing::Tcp => vec![q.right(), q.right()],
        15 => wrong(q.framed(&[0x84, 2])),
        _ => vec![q.right()],
    }
}

async fn nothing_but_the_truth_is_told(framing: Framing) {
    let server = Hostile::start(framing, misbehave).await;
    let transport =
        if framing == Framing::Tcp { tcp(server.port) } else { rtu_over_tcp(server.port) };
    let mut site = site(transport, Duration::from_millis(300));
    let mut truth = Vec::new();
    for unit in [1, 2] {
        let device = add_device(&mut site, unit, ModbusLimits::default());
        for (place, beat) in [20, 30, 50].into_iter().enumerate() {
            let beat = Duration::from_millis(beat);
            // Two registers a block, far enough apart for blocks of their own.
            for address in [place as u16 * 100 + 5, place as u16 * 100 + 6] {
                add_register(&mut site, device, beat, address);
                truth.push(f64::from(Question::truth(unit, address)));
            }
        }
    }
    let mut running = start(site, Arc::new(Scaled::real()));
    let mut heard = 0;
    let mut silent = 0;
    while heard < 80 || silent < 2 {
        match running.news().await {
            News::Samples(samples) => {
                for sample in samples {
                    assert_eq!(sample.value, Ok(truth[sample.point.index()]));
                    heard += 1;
                }
            }
            News::Device { state: DeviceState::Silent(_), .. } => silent += 1,
            News::Device { .. } | News::Reconnected { .. } => {}
        }
    }
}

#[tokio::test]
async fn nothing_but_the_truth_over_tcp() {
    nothing_but_the_truth_is_told(Framing::Tcp).await;
}

#[tokio::test]
async fn nothing_but_the_truth_over_rtu() {
    nothing_but_the_truth_is_told(Framing::Rtu).await;
}

/// Guard 4: whatever is asked at once, the line carries one request at a time
/// on one connection.
#[tokio::test]
async fn one_question_at_a_time() {
    let server = Hostile::start(Framing::Rtu, |question| {
        vec![Act::Wait(Duration::from_millis(5)), question.right()]
    })
    .await;
    let mut site = site(rtu_over_tcp(server.port), LONG);
    let mut points = Vec::new();
    for unit in 1..=4 {
        let device = add_device(&mut site, unit, ModbusLimits::default());
        points.push(add_register(&mut site, device, Duration::from_millis(20), 7));
    }
    let mut running = start(site, Arc::new(Scaled::real()));
    for _ in 0..20 {
        let writes = points.iter().map(|point| running.write(*point, 1.0));
        let reads = running.read(&points);
        let (_, samples) = tokio::join!(futures(writes), reads);
        assert_eq!(samples.len(), points.len());
    }
    running.told();
    assert_eq!(server.overlaps.load(Ordering::SeqCst), 0);
    assert_eq!(server.connections.load(Ordering::SeqCst), 1);
}

/// Waits for all, at once.
async fn futures<T>(all: impl Iterator<Item = impl Future<Output = T>>) -> Vec<T> {
    let mut waiting: Vec<_> = all.map(Box::pin).collect();
    let mut done = Vec::new();
    std::future::poll_fn(|context| {
        waiting.retain_mut(|future| match future.as_mut().poll(context) {
            std::task::Poll::Ready(value) => {
                done.push(value);
                false
            }
            std::task::Poll::Pending => true,
        });
        if waiting.is_empty() { std::task::Poll::Ready(()) } else { std::task::Poll::Pending }
    })
    .await;
    done
}

/// A gateway that answers for a silent device keeps its connection.
#[tokio::test]
async fn a_gateways_word_for_a_silent_device_keeps_the_line() {
    let server = Hostile::start(Framing::Tcp, |question| {
        let gateway_says = question.framed(&[question.function | 0x80, 11]);
        if question.unit == 2 { vec![Act::Send(gateway_says)] } else { vec![question.right()] }
    })
    .await;
    let mut site = site(tcp(server.port), LONG);
    let beat = Duration::from_millis(50);
    let [sound, silent] = [1, 2].map(|unit| {
        let device = add_device(&mut site, unit, ModbusLimits::default());
        add_register(&mut site, device, beat, 7);
        device
    });
    let mut running = start(site, Arc::new(Scaled::real()));
    let mut told = [running.state().await, running.state().await];
    told.sort_by_key(|(device, _)| *device);
    assert_eq!(told[0], (sound, DeviceState::Answers));
    assert!(told[1].0 == silent && matches!(&told[1].1, DeviceState::Silent(_)), "{told:?}");
    assert_eq!(server.connections.load(Ordering::SeqCst), 1);
}

/// A pause between two requests is kept, also before the read-back.
#[tokio::test]
async fn the_devices_pause_is_kept() {
    let pause = Duration::from_millis(60);
    let times = Arc::new(std::sync::Mutex::new(Vec::new()));
    let noted = Arc::clone(&times);
    let server = Hostile::start(Framing::Tcp, move |question| {
        noted.lock().unwrap().push(std::time::Instant::now());
        vec![question.right()]
    })
    .await;
    let mut site = site(tcp(server.port), LONG);
    let device = add_device(&mut site, 1, ModbusLimits { pause, ..ModbusLimits::default() });
    let beat = Duration::from_secs(3600);
    let points = [0, 100, 200, 300].map(|address| add_register(&mut site, device, beat, address));
    let running = start(site, Arc::new(Scaled::real()));
    running.read(&points).await;
    running.write(points[0], 1.0).await;
    let times = times.lock().unwrap();
    assert!(times.len() >= 6);
    for pair in times.windows(2) {
        assert!(pair[1] - pair[0] >= pause, "{:?}", pair[1] - pair[0]);
    }
}

/// Some devices say nothing where they should refuse an address: its silence
/// must not take the whole device with it for good.
#[tokio::test]
async fn a_register_that_is_never_answered_is_left_alone() {
    let server = Hostile::start(Framing::Tcp, |question| {
        if question.address >= 100 { Vec::new() } else { vec![question.right()] }
    })
    .await;
    let mut site = site(tcp(server.port), Duration::from_millis(200));
    let device = add_device(&mut site, 1, ModbusLimits::default());
    let beat = Duration::from_millis(50);
    let sound = add_register(&mut site, device, beat, 7);
    let ignored = add_register(&mut site, device, beat, 100);
    let mut running = start(site, Arc::new(Scaled::real()));
    assert_eq!(running.sample(ignored).await, Err(Quality::Faulty));
    while running.state().await.1 != DeviceState::Answers {}
    for _ in 0..20 {
        match running.news().await {
            News::Samples(samples) => {
                let expected =
                    if samples[0].point == sound { Ok(1007.0) } else { Err(Quality::Faulty) };
                assert_eq!(samples[0].value, expected);
            }
            News::Device { state, .. } => assert_eq!(state, DeviceState::Answers),
            News::Reconnected { .. } => panic!("nobody hung up"),
        }
    }
}

/// A device that starts anew between two polls misses none of them; one that
/// closes whatever is idle does so again and again.
#[tokio::test]
async fn a_line_that_was_closed_is_told_unless_it_is_a_habit() {
    let server = Hostile::start(Framing::Tcp, |question| match question.number {
        160 | 163 => vec![Act::Close],
        _ => vec![question.right()],
    })
    .await;
    let mut site = site(tcp(server.port), Duration::from_millis(300));
    let devices = [1, 2].map(|unit| {
        let device = add_device(&mut site, unit, ModbusLimits::default());
        add_register(&mut site, device, Duration::from_secs(60), 5);
        device
    });
    let mut running = start(site, Arc::new(Scaled::new(1200.0, Scaled::system_time())));
    let (mut heard, mut reconnected) = (0, Vec::new());
    while heard < 200 {
        match running.news().await {
            News::Samples(samples) => heard += samples.len(),
            News::Device { state, .. } => assert_eq!(state, DeviceState::Answers),
            News::Reconnected { device } => reconnected.push((device, heard)),
        }
    }
    let first = reconnected[0].1;
    assert_eq!(reconnected, devices.map(|device| (device, first)), "once, before its values");
    assert!((158..=160).contains(&first), "{first}");
}

/// Whatever bytes come, none becomes a value, and the driver lives on.
#[tokio::test]
async fn noise() {
    // A fixed sequence (the constants of Knuth's MMIX generator).
    let random = |seed: u64| {
        let mut state = seed;
        move || {
            state = state
                .wrapping_mul(6_364_136_223_846_793_005)
                .wrapping_add(1_442_695_040_888_963_407);
            (state >> 56) as u8
        }
    };
    for framing in [Framing::Tcp, Framing::Rtu] {
        let server = Hostile::start(framing, move |question| {
            let mut next = random(question.number as u64 + 1);
            let noise: Vec<u8> = (0..usize::from(next())).map(|_| next()).collect();
            // Either nothing fits at all, or everything but the content.
            let frame = if next() % 2 == 0 { noise } else { question.framed(&noise) };
            vec![Act::Send(frame), Act::Close]
        })
        .await;
        let transport =
            if framing == Framing::Tcp { tcp(server.port) } else { rtu_over_tcp(server.port) };
        let timeout = Duration::from_millis(20);
        let mut client = Guarded::new(&transport, timeout, Duration::ZERO).unwrap();
        for address in 0..150 {
            let answer = client.read_holding(1, address, 2).await;
            assert!(answer.is_err(), "{framing:?} {address}: {answer:?}");
            let answer = client.read_coils(1, address, 20).await;
            assert!(answer.is_err(), "{framing:?} {address}: {answer:?}");
        }
    }
}
