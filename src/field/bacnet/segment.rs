//! Messages in pieces (clause 5.3): what is to be sent cut up, what comes put
//! together. Pure; the sending and the waiting are done in `transaction`.
//!
//! bacnet-rs's buffer fails above one max-APDU and overflows at segment 255;
//! here sequence numbers wrap and the whole answer is capped instead.

use std::ops::Range;

use crate::wire::bacnet::Segment;

/// The largest answer that is put together. An object list of 10,000 entries
/// has 50 KiB.
pub const LARGEST_ANSWER: usize = 256 * 1024;

/// The same in segments of the smallest size (50 octets); empty ones end, too.
const MOST_SEGMENTS: usize = 6000;

/// Segments that may come without an acknowledgement: 24 KiB on the way.
const LARGEST_WINDOW: u8 = 16;

/// What a segment that came asks for.
#[derive(Debug, PartialEq, Eq)]
pub enum Step {
    /// Nothing yet: the window is not full.
    Wait,
    /// Acknowledge up to this sequence number.
    Acknowledge(u8),
    /// Something is missing after this sequence number.
    Missing(u8),
    /// Acknowledge this one; it was the last.
    Done(u8),
    /// The answer is too large.
    TooLarge,
}

/// An answer that comes in segments.
#[derive(Debug)]
pub struct Reassembly {
    data: Vec<u8>,
    /// The last sequence number in order.
    last: u8,
    /// The last one that was acknowledged.
    acknowledged: u8,
    window: u8,
    /// Segments taken.
    count: usize,
}

impl Reassembly {
    /// Begins with segment 0, which is acknowledged at once, for its sender
    /// waits until it knows our window. `None` if it is not the first.
    #[must_use]
    pub fn begin(segment: Segment, data: &[u8]) -> Option<(Self, Step)> {
        if segment.sequence != 0 {
            return None;
        }
        let window = segment.window.clamp(1, LARGEST_WINDOW);
        let begun = Self { data: data.to_vec(), last: 0, acknowledged: 0, window, count: 1 };
        let step = if segment.more_follows { Step::Acknowledge(0) } else { Step::Done(0) };
        Some((begun, step))
    }

    /// Takes the next segment, or tells what is amiss with it.
    pub fn push(&mut self, segment: Segment, data: &[u8]) -> Step {
        let ahead = segment.sequence.wrapping_sub(self.last);
        if ahead != 1 {
            // Seen before: our acknowledgement was lost. Else one is missing.
            let seen = ahead == 0 || ahead > u8::MAX - LARGEST_WINDOW;
            self.acknowledged = self.last;
            return if seen { Step::Acknowledge(self.last) } else { Step::Missing(self.last) };
        }
        if self.data.len() + data.len() > LARGEST_ANSWER || self.count >= MOST_SEGMENTS {
            return Step::TooLarge;
        }
        self.count += 1;
        self.data.extend_from_slice(data);
        self.last = segment.sequence;
        if !segment.more_follows {
            return Step::Done(self.last);
        }
        if self.last.wrapping_sub(self.acknowledged) >= self.window {
            self.acknowledged = self.last;
            return Step::Acknowledge(self.last);
        }
        Step::Wait
    }

    /// How many segments have been taken.
    #[must_use]
    pub const fn count(&self) -> usize {
        self.count
    }

    /// The window that acknowledgements name.
    #[must_use]
    pub const fn window(&self) -> u8 {
        self.window
    }

    #[must_use]
    pub fn into_data(self) -> Vec<u8> {
        self.data
    }
}

/// A request that is sent in segments.
#[derive(Debug)]
pub struct Outgoing {
    /// Octets of data a segment.
    size: usize,
    length: usize,
    /// The first segment that is not acknowledged.
    first: usize,
    /// How many may be on the way.
    window: usize,
}

/// The window that we propose.
pub const PROPOSED_WINDOW: u8 = 8;

impl Outgoing {
    /// `length` octets of data to a device that takes APDUs of `max_apdu`: six
    /// of them are the header of a segmented request.
    #[must_use]
    pub fn new(length: usize, max_apdu: u16) -> Self {
        let size = usize::from(max_apdu.max(50)) - 6;
        // The first goes alone: its acknowledgement tells the window.
        Self { size, length, first: 0, window: 1 }
    }

    fn count(&self) -> usize {
        self.length.div_ceil(self.size).max(1)
    }

    /// What to send now: header and place in the data.
    pub fn due(&self) -> impl Iterator<Item = (Segment, Range<usize>)> {
        let count = self.count();
        (self.first..(self.first + self.window).min(count)).map(move |number| {
            let segment = Segment {
                sequence: (number % 256) as u8,
                window: PROPOSED_WINDOW,
                more_follows: number + 1 < count,
            };
            let from = number * self.size;
            (segment, from..(from + self.size).min(self.length))
        })
    }

    /// An acknowledgement up to `sequence`: how many more segments it takes;
    /// `None` if it is none of ours. A negative one says the same: go on after
    /// `sequence`.
    pub fn acknowledge(&mut self, sequence: u8, window: u8) -> Option<usize> {
        let first = (self.first % 256) as u8;
        let taken = usize::from(sequence.wrapping_sub(first).wrapping_add(1));
        if taken > self.window {
            return None;
        }
        self.first += taken;
        self.window = usize::from(window.clamp(1, 127));
        Some(taken)
    }

    /// Whether all of it has been acknowledged.
    #[must_use]
    pub fn is_done(&self) -> bool {
        self.first >= self.count()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const fn segment(sequence: u8, more_follows: bool) -> Segment {
        Segment { sequence, window: 4, more_follows }
    }

    /// Defect 7: beyond one max-APDU, and beyond sequence number 255.
    #[test]
    fn six_hundred_segments_are_put_together() {
        let (mut answer, step) = Reassembly::begin(segment(0, true), &[0; 100]).unwrap();
        assert_eq!(step, Step::Acknowledge(0));
        for number in 1..600_usize {
            let step = answer.push(segment((number % 256) as u8, number < 599), &[1; 100]);
            let expected = match number {
                599 => Step::Done((599 % 256) as u8),
                number if number % 4 == 0 => Step::Acknowledge((number % 256) as u8),
                _ => Step::Wait,
            };
            assert_eq!(step, expected, "{number}");
        }
        assert_eq!(answer.into_data().len(), 60_000);
    }

    #[test]
    fn a_gap_is_told_and_a_repeated_segment_is_taken_once() {
        let (mut answer, _) = Reassembly::begin(segment(0, true), b"a").unwrap();
        assert_eq!(answer.push(segment(2, true), b"c"), Step::Missing(0));
        assert_eq!(answer.push(segment(1, true), b"b"), Step::Wait);
        assert_eq!(answer.push(segment(1, true), b"b"), Step::Acknowledge(1));
        assert_eq!(answer.push(segment(0, true), b"a"), Step::Acknowledge(1));
        assert_eq!(answer.push(segment(2, false), b"c"), Step::Done(2));
        assert_eq!(answer.into_data(), b"abc");
        assert!(Reassembly::begin(segment(1, true), b"b").is_none());
    }

    #[test]
    fn an_answer_without_end_is_capped() {
        let (mut answer, _) = Reassembly::begin(segment(0, true), &[0; 1400]).unwrap();
        let steps =
            (1..1000_usize).map(|n| answer.push(segment((n % 256) as u8, true), &[0; 1400]));
        assert!(steps.into_iter().any(|step| step == Step::TooLarge));
    }

    #[test]
    fn a_long_request_goes_out_window_by_window() {
        let mut request = Outgoing::new(1000, 50);
        let sent: Vec<_> =
            request.due().map(|(segment, range)| (segment.sequence, range)).collect();
        assert_eq!(sent, [(0, 0..44)]);
        assert_eq!(request.acknowledge(0, 3), Some(1));
        let sent: Vec<_> = request.due().map(|(segment, _)| segment.sequence).collect();
        assert_eq!(sent, [1, 2, 3]);
        assert_eq!(request.acknowledge(1, 3), Some(1), "the first of three came");
        let sent: Vec<_> = request.due().map(|(segment, _)| segment.sequence).collect();
        assert_eq!(sent, [2, 3, 4]);
        assert_eq!(request.acknowledge(1, 3), Some(0), "none of them came");
        assert_eq!(request.acknowledge(17, 3), None, "not on the way");
        let mut last = None;
        while !request.is_done() {
            last = request.due().last();
            assert!(request.acknowledge(last.as_ref().unwrap().0.sequence, 16).is_some());
        }
        let (segment, range) = last.unwrap();
        assert_eq!((segment.more_follows, range), (false, 968..1000));
    }
}
