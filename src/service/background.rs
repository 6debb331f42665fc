//! Long work for which nothing waits, above all a report: on a thread of its own,
//! after the tasks of control in the queue for a processor. Threads that others use
//! keep their priority: it cannot be raised again without rights.

use std::io;

use tokio::sync::oneshot;

use crate::model::{Language, system_words};

/// So much nicer than control is such a thread.
const NICER: i32 = 15;

/// Why the work came to nothing.
#[derive(Debug, thiserror::Error)]
pub enum Unmade {
    #[error("there is no thread for it")]
    NoThread(#[source] io::Error),
    #[error("a bug has ended it")]
    Bug,
}

impl Unmade {
    /// The sentence for people, of a report.
    #[must_use]
    pub fn words(&self, language: Language) -> String {
        match self {
            Self::NoThread(error) => system_words(error, language),
            Self::Bug => language.pick(
                "ein Programmfehler hat den Bericht abgebrochen; bitte melden".to_owned(),
                "a bug has ended the report; please tell us".to_owned(),
            ),
        }
    }
}

/// Does it. It goes on to its end, also if nobody waits for it any more.
///
/// # Errors
/// [`Unmade`].
pub async fn in_background<T, F>(work: F) -> Result<T, Unmade>
where
    T: Send + 'static,
    F: FnOnce() -> T + Send + 'static,
{
    let (done, made) = oneshot::channel();
    let work = move || {
        // Where the system does not allow it, at the usual priority.
        let _ = rustix::process::setpriority_process(Some(rustix::thread::gettid()), NICER);
        let _ = done.send(work());
    };
    let thread = std::thread::Builder::new().name("report".to_owned()).spawn(work);
    thread.map_err(Unmade::NoThread)?;
    made.await.map_err(|_| Unmade::Bug)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn nice() -> i32 {
        rustix::process::getpriority_process(Some(rustix::thread::gettid())).unwrap()
    }

    #[tokio::test]
    async fn it_works_behind_the_others_and_they_stay_where_they_are() {
        let before = nice();
        let (name, there) =
            in_background(|| (std::thread::current().name().map(str::to_owned), nice()))
                .await
                .unwrap();
        assert_eq!((name.as_deref(), there), (Some("report"), NICER));
        assert_eq!(nice(), before);
        let pool = tokio::task::spawn_blocking(nice).await.unwrap();
        assert_eq!(pool, before);
        let ended = in_background(|| assert!(nice() < 0, "a bug")).await;
        assert!(matches!(ended, Err(Unmade::Bug)));
    }
}
