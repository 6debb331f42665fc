//! The other side of a conversation: what an input says in answer to each
//! question. Talks over the loopback; time-outs pass at once, for tokio's clock
//! stands still and jumps to the next timer whenever nothing is under way.

use crate::dice::Dice;

/// One answer of the input.
pub struct Act<'a> {
    /// Put into a frame that fits the question; else sent as it is.
    pub framed: bool,
    /// The lengths within the frame are made to fit, too.
    pub fitting: bool,
    pub twice: bool,
    /// Or, where there are no connections: in segments.
    pub close: bool,
    pub bytes: &'a [u8],
}

/// The input's next answer; `None` when it has nothing more to say.
pub fn act<'a>(dice: &mut Dice<'a>) -> Option<Act<'a>> {
    if dice.is_empty() {
        return None;
    }
    let how = dice.byte();
    Some(Act {
        framed: how & 1 != 0,
        fitting: how & 2 != 0,
        twice: how & 4 != 0,
        close: how & 8 != 0,
        bytes: dice.chunk(),
    })
}

/// Lets both sides talk until `ours` is done.
pub fn talk<T>(
    ours: impl Future<Output = T>,
    theirs: impl Future<Output = std::io::Result<()>>,
) -> T {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .start_paused(true)
        .build()
        .expect("a runtime");
    runtime.block_on(async {
        let theirs = async {
            // A connection that was cut short is no matter of ours.
            let _ = theirs.await;
            std::future::pending::<()>().await;
        };
        tokio::select! {
            done = ours => done,
            () = theirs => unreachable!("it never ends"),
        }
    })
}
