//! Opening a line and reading its bytes: a TCP stream or a serial port, made
//! here because the library's own way sets neither keep-alive nor no-delay
//! and never clears a buffer. Called by the guard only.

use std::io;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;
use tokio_serial::{ClearBuffer, DataBits, SerialPort as _, SerialStream};

use crate::site::{Parity, SerialLine};

/// After this much silence the system asks whether a TCP peer still lives, so
/// that a line cut by a firewall does not look open for hours.
const KEEP_ALIVE: Duration = Duration::from_secs(30);

/// An open line.
#[derive(Debug)]
pub(super) struct Line {
    bytes: Bytes,
    /// A question is on its way out.
    sending: bool,
}

#[derive(Debug)]
enum Bytes {
    Tcp(TcpStream),
    Serial(Box<SerialStream>),
}

impl Line {
    /// # Errors
    /// If the host has no address, refuses, or an option cannot be set. Does
    /// not end by itself: stands under the caller's time-out.
    pub(super) async fn tcp(host: &str, port: u16) -> io::Result<Self> {
        let stream = TcpStream::connect((host, port)).await?;
        stream.set_nodelay(true)?;
        let keep_alive =
            socket2::TcpKeepalive::new().with_time(KEEP_ALIVE).with_interval(KEEP_ALIVE / 3);
        socket2::SockRef::from(&stream).set_tcp_keepalive(&keep_alive)?;
        Ok(Self { bytes: Bytes::Tcp(stream), sending: false })
    }

    /// # Errors
    /// If the port does not exist, is in use, or does not take the settings.
    pub(super) fn serial(line: &SerialLine) -> io::Result<Self> {
        let parity = match line.parity {
            Parity::None => tokio_serial::Parity::None,
            Parity::Even => tokio_serial::Parity::Even,
            Parity::Odd => tokio_serial::Parity::Odd,
        };
        let stop_bits = match line.stop_bits {
            2 => tokio_serial::StopBits::Two,
            _ => tokio_serial::StopBits::One,
        };
        let settings = tokio_serial::new(line.path.as_str(), line.baud)
            .data_bits(DataBits::Eight)
            .parity(parity)
            .stop_bits(stop_bits);
        let port = SerialStream::open(&settings)?;
        port.clear(ClearBuffer::All)?;
        Ok(Self { bytes: Bytes::Serial(Box::new(port)), sending: false })
    }

    /// Throws away what lies here before a question, for it cannot be its
    /// answer: a late one to the question before, noise. Costs no system call while nothing has.
    fn discard_unasked(&mut self) -> io::Result<()> {
        let mut unasked = [0; 256];
        loop {
            let read = match &mut self.bytes {
                Bytes::Tcp(stream) => stream.try_read(&mut unasked),
                Bytes::Serial(port) => port.try_read(&mut unasked),
            };
            match read {
                Ok(0) => return Err(closed(io::ErrorKind::NotConnected)),
                Ok(count) => tracing::debug!(count, "bytes came unasked and were discarded"),
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => return Ok(()),
                // Nothing of the question has been sent yet.
                Err(error) => return Err(io::Error::new(io::ErrorKind::NotConnected, error)),
            }
        }
    }
}

/// The end of a stream, which the library would tell as a meaningless errno.
fn closed(kind: io::ErrorKind) -> io::Error {
    io::Error::new(kind, "the other side closed it")
}

impl AsyncRead for Line {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let before = buffer.filled().len();
        let read = match &mut self.bytes {
            Bytes::Tcp(stream) => Pin::new(stream).poll_read(context, buffer),
            Bytes::Serial(port) => Pin::new(port).poll_read(context, buffer),
        };
        match read {
            Poll::Ready(Ok(())) if buffer.filled().len() == before => {
                Poll::Ready(Err(closed(io::ErrorKind::ConnectionAborted)))
            }
            other => other,
        }
    }
}

impl AsyncWrite for Line {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        if !self.sending {
            self.discard_unasked()?;
            self.sending = true;
        }
        match &mut self.bytes {
            Bytes::Tcp(stream) => Pin::new(stream).poll_write(context, bytes),
            Bytes::Serial(port) => Pin::new(port).poll_write(context, bytes),
        }
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.sending = false;
        match &mut self.bytes {
            Bytes::Tcp(stream) => Pin::new(stream).poll_flush(context),
            // It would block the thread until the last bit has left.
            Bytes::Serial(_) => Poll::Ready(Ok(())),
        }
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        match &mut self.bytes {
            Bytes::Tcp(stream) => Pin::new(stream).poll_shutdown(context),
            Bytes::Serial(port) => Pin::new(port).poll_shutdown(context),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_tcp_line_sends_at_once_and_keeps_itself_alive() {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let line = Line::tcp("127.0.0.1", port).await.unwrap();
        let Bytes::Tcp(stream) = &line.bytes else { panic!() };
        assert!(stream.nodelay().unwrap());
        assert!(socket2::SockRef::from(stream).keepalive().unwrap());
    }
}
