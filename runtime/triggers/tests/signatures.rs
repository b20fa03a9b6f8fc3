//! Signatures of webhooks: the providers' own examples, and everything that is not quite one.

use std::collections::BTreeMap;

use jiff::Timestamp;
use proptest::prelude::*;
use sophia_triggers::signature::{Refusal, SCHEMES, Signed, scheme, verify};

struct Example {
    scheme: &'static str,
    secret: &'static str,
    address: &'static str,
    headers: &'static [(&'static str, &'static str)],
    body: &'static str,
    /// Milliseconds since 1970.
    now: i64,
}

/// GitHub, Slack and Standard Webhooks: from their documentation. Stripe and `HubSpot` publish none; theirs
/// were signed by another program.
const EXAMPLES: &[Example] = &[
    Example {
        scheme: "github",
        secret: "It's a Secret to Everybody",
        address: "https://hooks.example.com/hooks/github/push",
        headers: &[(
            "x-hub-signature-256",
            "sha256=757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17",
        )],
        body: "Hello, World!",
        now: 0,
    },
    Example {
        scheme: "slack",
        secret: "8f742231b10e8888abcd99yyyzzz85a5",
        address: "https://hooks.example.com/hooks/slack/command",
        headers: &[
            ("x-slack-request-timestamp", "1531420618"),
            (
                "x-slack-signature",
                "v0=a2114d57b48eac39b9ad189dd8316235a7b4a8d21a10bd27519666489c69b503",
            ),
        ],
        body: "token=xyzz0WbapA4vBCDEFasx0q6G&team_id=T1DC2JH3J&team_domain=testteamnow&channel_id=G8PSS9T3V&channel_name=foobar&user_id=U2CERLKJA&user_name=roadrunner&command=%2Fwebhook-collect&text=&response_url=https%3A%2F%2Fhooks.slack.com%2Fcommands%2FT1DC2JH3J%2F397700885554%2F96rGlfmibIGlgcZRskXaIFfN&trigger_id=398738663015.47445629121.803a0bc887a14d10d2c447fce8b6703c",
        now: 1_531_420_618_000,
    },
    Example {
        scheme: "standard-webhooks",
        secret: "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
        address: "https://hooks.example.com/hooks/shop/order_paid",
        headers: &[
            ("webhook-id", "msg_p5jXN8AQM9LWM0D4loKWxJek"),
            ("webhook-timestamp", "1614265330"),
            (
                "webhook-signature",
                "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE= v2,bm9ib2R5",
            ),
        ],
        body: "{\"test\": 2432232314}",
        now: 1_614_265_330_000,
    },
    Example {
        scheme: "stripe",
        secret: "whsec_test",
        address: "https://hooks.example.com/hooks/stripe/payment_made",
        headers: &[(
            "stripe-signature",
            "t=1492774577,v1=6ffbb59b2300aae63f272406069a9788598b792a944a07aba816edb039989a39,v1=da4a28bb1e8ecf97feff14bd141aa183c9cbe6a13dcfb1a2ace8dc472e62593b,v0=00",
        )],
        body: "{\"id\":\"evt_1\",\"object\":\"event\"}",
        now: 1_492_774_577_000,
    },
    Example {
        scheme: "hubspot-v3",
        secret: "hubspot-client-secret",
        address: "https://hooks.example.com/hooks/hubspot/deal_changed?a=b%2Fc",
        headers: &[
            ("x-hubspot-request-timestamp", "1492774577000"),
            (
                "x-hubspot-signature-v3",
                "7JJ6LFpweebNYyYq+bCXoiW5c9T1UYN0iAlV0En5CSw=",
            ),
        ],
        body: "[{\"eventId\":1}]",
        now: 1_492_774_577_000,
    },
];

fn check(
    example: &Example,
    secret: &str,
    headers: &BTreeMap<String, String>,
    body: &[u8],
    now: i64,
) -> Result<(), Refusal> {
    verify(
        scheme(example.scheme).expect("a scheme"),
        secret,
        &Signed {
            method: "POST",
            address: example.address,
            header: &|name| headers.get(name).cloned(),
            body,
        },
        Timestamp::from_millisecond(now).expect("an instant"),
    )
}

fn headers(example: &Example) -> BTreeMap<String, String> {
    (example.headers.iter())
        .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
        .collect()
}

fn as_sent(example: &Example, now: i64) -> Result<(), Refusal> {
    check(
        example,
        example.secret,
        &headers(example),
        example.body.as_bytes(),
        now,
    )
}

#[test]
fn every_scheme_takes_its_example() {
    for example in EXAMPLES {
        assert_eq!(as_sent(example, example.now), Ok(()), "{}", example.scheme);
    }
    assert_eq!(EXAMPLES.len(), SCHEMES.len());
}

#[test]
fn another_secret_and_a_header_that_is_missing_are_refused() {
    for example in EXAMPLES {
        let all = headers(example);
        assert_eq!(
            check(
                example,
                "d2hvIGtub3dz",
                &all,
                example.body.as_bytes(),
                example.now
            ),
            Err(Refusal::Mismatch),
            "{}",
            example.scheme
        );
        for missing in all.keys() {
            let mut rest = all.clone();
            rest.remove(missing);
            let refused = check(
                example,
                example.secret,
                &rest,
                example.body.as_bytes(),
                example.now,
            );
            assert!(matches!(refused, Err(Refusal::Missing(name)) if name == missing));
        }
    }
}

#[test]
fn a_replay_after_five_minutes_is_refused() {
    for example in EXAMPLES.iter().filter(|example| example.scheme != "github") {
        for (away, fits) in [
            (299_000, true),
            (301_000, false),
            (-299_000, true),
            (-301_000, false),
        ] {
            let expected = if fits { Ok(()) } else { Err(Refusal::Stale) };
            assert_eq!(
                as_sent(example, example.now + away),
                expected,
                "{}",
                example.scheme
            );
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2_000, failure_persistence: None, ..ProptestConfig::default() })]

    /// One byte of the body or one letter of a header that counts is another: it is refused, and nothing
    /// breaks.
    #[test]
    fn what_was_changed_on_its_way_is_refused(which in 0..EXAMPLES.len(), place in any::<prop::sample::Index>(), bit in 0..7_u32, in_header in any::<bool>()) {
        let example = &EXAMPLES[which];
        let mut all = headers(example);
        let mut body = example.body.as_bytes().to_vec();
        if in_header {
            // Each header once; of Stripe's and of a list the letters of another version do not count.
            let (name, value) = example.headers[place.index(example.headers.len())];
            let counts = value.split([' ', ',']).next().unwrap_or_default();
            let letter = place.index(counts.len().max(1));
            let mut changed: Vec<u8> = value.as_bytes().to_vec();
            changed[letter] ^= 1 << bit;
            let Ok(changed) = String::from_utf8(changed) else { return Ok(()) };
            // The case of hexadecimal digits and the name of a pair say nothing.
            prop_assume!(!changed.eq_ignore_ascii_case(value));
            all.insert(name.to_owned(), changed);
        } else {
            let at = place.index(body.len());
            body[at] ^= 1 << bit;
        }
        let result = check(example, example.secret, &all, &body, example.now);
        let harmless = in_header && matches!(example.scheme, "standard-webhooks");
        prop_assert!(result.is_err() || harmless, "{} {result:?}", example.scheme);
    }

    /// Any headers and any body: a refusal, and never a panic.
    #[test]
    fn nothing_that_is_made_up_fits(which in 0..EXAMPLES.len(), header in ".{0,80}", stamp in "[0-9]{0,20}|.{0,20}", body in prop::collection::vec(any::<u8>(), 0..200), now in 0_i64..4_000_000_000_000) {
        let example = &EXAMPLES[which];
        let made_up: BTreeMap<String, String> = example.headers.iter().map(|(name, _)| {
            let value = if name.contains("timestamp") { stamp.clone() } else { header.clone() };
            ((*name).to_owned(), value)
        }).collect();
        prop_assert!(check(example, example.secret, &made_up, &body, now).is_err());
    }
}
