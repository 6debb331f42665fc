//! Mail in plain text, perhaps with files, handed in at one server: encrypted from the first byte, or
//! after STARTTLS and not without, or in the open to this machine.

use std::time::{Duration, SystemTime};

use jiff::Timestamp;
use lettre::message::header::{ContentTransferEncoding, ContentType, HeaderName, HeaderValue};
use lettre::message::{Body, Mailbox, Message, MultiPart, SinglePart};
use lettre::transport::smtp::authentication::Credentials;
use lettre::transport::smtp::client::{Tls, TlsParameters};
use lettre::transport::smtp::response::Response;
use lettre::{AsyncSmtpTransport, AsyncTransport, Tokio1Executor};

use super::{PATIENCE, PostError, line, secret};
use crate::site::{Encryption, MailServer};

type Transport = AsyncSmtpTransport<Tokio1Executor>;

/// Bytes of attachments a second that a slow line takes.
const SLOWEST_LINE: usize = 32 * 1024;

/// One mail.
#[derive(Debug, Clone, Copy)]
pub struct Mail<'a> {
    pub to: &'a str,
    /// The name that people see as its sender.
    pub sender: &'a str,
    pub subject: &'a str,
    pub body: &'a str,
    pub sent: Timestamp,
    /// The same for each try of one mail, so that one that went out unnoticed
    /// is known for what it is.
    pub id: &'a str,
    pub attachments: &'a [Attachment<'a>],
}

/// A file that goes along.
#[derive(Debug, Clone, Copy)]
pub struct Attachment<'a> {
    pub name: &'a str,
    /// `application/pdf`
    pub media_type: &'a str,
    pub bytes: &'a [u8],
}

/// Hands a mail in; returns once the server has taken it.
///
/// # Errors
/// [`PostError`]; it may have been taken even so, if the connection broke.
pub async fn send(server: &MailServer, mail: &Mail<'_>) -> Result<(), PostError> {
    let message = message(server, mail)?;
    let transport = transport(server).await?;
    let bytes: usize = mail.attachments.iter().map(|file| file.bytes.len()).sum();
    let patience = PATIENCE + Duration::from_secs((bytes / SLOWEST_LINE) as u64);
    match tokio::time::timeout(patience, transport.send(message)).await {
        Err(_) => Err(PostError::Silent),
        Ok(Ok(response)) => taken(&response),
        Ok(Err(error)) if error.status().is_some() => Err(PostError::Refused(line(&words(&error)))),
        Ok(Err(error)) => Err(PostError::unreachable(&error)),
    }
}

fn taken(response: &Response) -> Result<(), PostError> {
    if response.is_positive() {
        return Ok(());
    }
    let said: Vec<&str> = response.message().collect();
    Err(PostError::Refused(line(&said.join(" "))))
}

/// What the server said.
fn words(error: &dyn std::error::Error) -> String {
    error.source().map_or_else(|| error.to_string(), |inner| format!("{error}: {inner}"))
}

async fn transport(server: &MailServer) -> Result<Transport, PostError> {
    let tls = || TlsParameters::new(server.host.clone()).map_err(|it| PostError::unreachable(&it));
    let tls = match server.encryption {
        Encryption::Tls => Tls::Wrapper(tls()?),
        Encryption::Starttls => Tls::Required(tls()?),
        Encryption::None => Tls::None,
    };
    let mut builder = Transport::builder_dangerous(&server.host)
        .port(server.port)
        .tls(tls)
        .timeout(Some(PATIENCE));
    if let Some((user, password)) = &server.login {
        let password = secret::read(password).await?;
        builder = builder.credentials(Credentials::new(user.clone(), password));
    }
    Ok(builder.build())
}

fn message(server: &MailServer, mail: &Mail<'_>) -> Result<Message, PostError> {
    let malformed = |error: &dyn std::error::Error| PostError::Malformed(line(&error.to_string()));
    let address =
        |text: &str| text.parse().map_err(|error: lettre::address::AddressError| malformed(&error));
    let host = server.from.rsplit_once('@').map_or("localhost", |(_, host)| host);
    let since_1970 = Duration::try_from(mail.sent.as_duration()).unwrap_or_default();
    // RFC 3834: nobody's absence is to be told to a machine.
    let by_machine = HeaderName::new_from_ascii_str("Auto-Submitted");
    let message = Message::builder()
        .from(Mailbox::new(Some(line(mail.sender)), address(&server.from)?))
        .to(Mailbox::new(None, address(mail.to)?))
        .date(SystemTime::UNIX_EPOCH + since_1970)
        .message_id(Some(format!("<{}@{host}>", mail.id)))
        .raw_header(HeaderValue::new(by_machine, "auto-generated".to_owned()))
        .subject(line(mail.subject));
    let message = if mail.attachments.is_empty() {
        message.header(ContentType::TEXT_PLAIN).body(mail.body.to_owned())
    } else {
        let mut parts = MultiPart::mixed().singlepart(SinglePart::plain(mail.body.to_owned()));
        for file in mail.attachments {
            parts = parts.singlepart(attached(file)?);
        }
        message.multipart(parts)
    };
    message.map_err(|error| malformed(&error))
}

/// Always in base64, so that no line ending is taken for one of the mail's.
fn attached(file: &Attachment<'_>) -> Result<SinglePart, PostError> {
    let kind = ContentType::parse(file.media_type);
    let kind = kind.map_err(|error| PostError::Malformed(line(&error.to_string())))?;
    let body = Body::new_with_encoding(file.bytes.to_vec(), ContentTransferEncoding::Base64);
    let body = body.map_err(|_| PostError::Malformed(file.name.to_owned()))?;
    Ok(lettre::message::Attachment::new(file.name.to_owned()).body(body, kind))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mail_is_a_machines_and_nothing_in_it_makes_a_header() {
        let server = MailServer {
            host: "localhost".into(),
            port: 25,
            encryption: Encryption::None,
            from: "hauswart@musterstadt.de".into(),
            login: None,
        };
        let mail = Mail {
            to: "anna@musterstadt.de",
            sender: "Straßenmeisterei",
            subject: "Störung\r\nBcc: alle@musterstadt.de",
            body: "Kessel ist aus.\n",
            sent: "2026-01-14T05:00:00Z".parse().unwrap(),
            id: "7.Test",
            attachments: &[],
        };
        let text = String::from_utf8(message(&server, &mail).unwrap().formatted()).unwrap();
        assert!(!text.contains("\nBcc"), "{text}");
        for header in [
            "Auto-Submitted: auto-generated\r\n",
            "Message-ID: <7.Test@musterstadt.de>\r\n",
            "Date: Wed, 14 Jan 2026 05:00:00 +0000\r\n",
            "To: anna@musterstadt.de\r\n",
        ] {
            assert!(text.contains(header), "{header}: {text}");
        }
        assert!(matches!(
            message(&server, &Mail { to: "anna", ..mail }),
            Err(PostError::Malformed(_))
        ));
    }
}
