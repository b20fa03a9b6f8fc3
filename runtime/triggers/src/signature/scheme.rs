//! How each provider signs, as data.

use jiff::SignedDuration;

/// How a provider signs what it sends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Scheme {
    /// As `signature = "…"` in the manifest names it.
    pub name: &'static str,
    /// The header that holds the signature, in small letters.
    pub header: &'static str,
    /// How the signature stands in it.
    pub form: SignatureForm,
    /// Where the instant of signing stands, if anywhere.
    pub stamp: Option<Stamp>,
    /// The bytes that are signed, one part after the other.
    pub signed: &'static [Part],
    /// How the signature is written.
    pub encoding: Encoding,
    /// How the secret becomes the key.
    pub key: KeyForm,
    /// What tells deliveries apart.
    pub delivery: Option<DeliveryId>,
    /// The field that is sent back when the provider asks whether anybody is there, where its `type` is
    /// `url_verification`.
    pub challenge: Option<&'static str>,
}

/// How a signature stands in its header.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SignatureForm {
    /// The whole header, behind this prefix.
    Whole(&'static str),
    /// `t=1,v1=…,v1=…`: pairs between commas, of which those with this name count.
    Pairs(&'static str),
    /// `v1,… v1,…`: a list between spaces, of which those with this prefix count.
    Listed(&'static str),
}

/// Where the instant of signing stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stamp {
    /// In a header of its own.
    Header(&'static str, Unit),
    /// In the signature's header, in the pair of this name.
    Pair(&'static str, Unit),
}

/// What an instant counts since 1970.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unit {
    /// Seconds.
    Seconds,
    /// Milliseconds.
    Milliseconds,
}

/// A part of what is signed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Part {
    /// Fixed text.
    Text(&'static str),
    /// The instant of signing, as it was sent.
    Stamp,
    /// A header, as it was sent.
    Header(&'static str),
    /// `POST`
    Method,
    /// The address that the provider called, with its scheme and host; the characters that the provider
    /// decodes are decoded.
    Address,
    /// The body, byte by byte.
    Body,
}

/// How a signature is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Encoding {
    /// Hexadecimal.
    Hex,
    /// Base64.
    Base64,
}

/// How the secret becomes the key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum KeyForm {
    /// Its bytes.
    Text,
    /// What its base64 says, behind this prefix.
    Base64After(&'static str),
}

/// What tells deliveries apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DeliveryId {
    /// A header.
    Header(&'static str),
    /// A field of the body.
    Field(&'static str),
}

/// How old a signature may be, where it tells its age.
pub const TOLERANCE: SignedDuration = SignedDuration::from_secs(300);

/// Every scheme.
pub const SCHEMES: &[Scheme] = &[
    Scheme {
        name: "github",
        header: "x-hub-signature-256",
        form: SignatureForm::Whole("sha256="),
        stamp: None,
        signed: &[Part::Body],
        encoding: Encoding::Hex,
        key: KeyForm::Text,
        delivery: Some(DeliveryId::Header("x-github-delivery")),
        challenge: None,
    },
    Scheme {
        name: "stripe",
        header: "stripe-signature",
        form: SignatureForm::Pairs("v1"),
        stamp: Some(Stamp::Pair("t", Unit::Seconds)),
        signed: &[Part::Stamp, Part::Text("."), Part::Body],
        encoding: Encoding::Hex,
        key: KeyForm::Text,
        delivery: Some(DeliveryId::Field("id")),
        challenge: None,
    },
    Scheme {
        name: "slack",
        header: "x-slack-signature",
        form: SignatureForm::Whole("v0="),
        stamp: Some(Stamp::Header("x-slack-request-timestamp", Unit::Seconds)),
        signed: &[Part::Text("v0:"), Part::Stamp, Part::Text(":"), Part::Body],
        encoding: Encoding::Hex,
        key: KeyForm::Text,
        delivery: Some(DeliveryId::Field("event_id")),
        challenge: Some("challenge"),
    },
    Scheme {
        name: "hubspot-v3",
        header: "x-hubspot-signature-v3",
        form: SignatureForm::Whole(""),
        stamp: Some(Stamp::Header(
            "x-hubspot-request-timestamp",
            Unit::Milliseconds,
        )),
        signed: &[Part::Method, Part::Address, Part::Body, Part::Stamp],
        encoding: Encoding::Base64,
        key: KeyForm::Text,
        delivery: Some(DeliveryId::Field("eventId")),
        challenge: None,
    },
    Scheme {
        name: "standard-webhooks",
        header: "webhook-signature",
        form: SignatureForm::Listed("v1,"),
        stamp: Some(Stamp::Header("webhook-timestamp", Unit::Seconds)),
        signed: &[
            Part::Header("webhook-id"),
            Part::Text("."),
            Part::Stamp,
            Part::Text("."),
            Part::Body,
        ],
        encoding: Encoding::Base64,
        key: KeyForm::Base64After("whsec_"),
        delivery: Some(DeliveryId::Header("webhook-id")),
        challenge: None,
    },
];

/// The scheme of a name.
#[must_use]
pub fn scheme(name: &str) -> Option<&'static Scheme> {
    SCHEMES.iter().find(|scheme| scheme.name == name)
}
