//! Timestamps: UTC, years 1 to 9999, to the microsecond.

use chrono::{DateTime, Utc};
use pangolin_store::Timestamp;
use proptest::prelude::*;
use serde_json::json;

use super::checks::{refused, round_trips, unreadable};
use super::inputs::config;

fn time(text: &str) -> DateTime<Utc> {
    DateTime::parse_from_rfc3339(text).unwrap().with_timezone(&Utc)
}

#[test]
fn the_first_and_the_last_microsecond_round_trip() {
    for (time, text) in [
        (Timestamp::MIN, "\"0001-01-01T00:00:00.000000Z\""),
        (Timestamp::MAX, "\"9999-12-31T23:59:59.999999Z\""),
        (Timestamp::EPOCH, "\"1970-01-01T00:00:00.000000Z\""),
    ] {
        round_trips(&time);
        assert_eq!(serde_json::to_string(&time).unwrap(), text);
        assert_eq!(serde_json::from_str::<Timestamp>(text).unwrap(), time);
    }
}

#[test]
fn what_lies_outside_the_years_1_to_9999_is_refused() {
    for micros in [Timestamp::MIN.micros() - 1, Timestamp::MAX.micros() + 1, i64::MIN, i64::MAX] {
        refused(Timestamp::from_micros(micros), "timestamp", "years 1 to 9999");
    }
    for text in [
        "0000-12-31T23:59:59.999999Z",
        "0000-01-01T00:00:00Z",
        "0001-01-01T00:00:00+01:00",
        "9999-12-31T23:59:59.999999-00:01",
    ] {
        refused(text.parse::<Timestamp>(), "timestamp", "years 1 to 9999");
        unreadable::<Timestamp>(&json!(text), "timestamp", "years 1 to 9999");
        refused(Timestamp::try_from(time(text)), "timestamp", "years 1 to 9999");
    }
}

#[test]
fn the_year_10000_is_refused() {
    let year_10000 = DateTime::from_timestamp_micros(Timestamp::MAX.micros() + 1).unwrap();
    refused(Timestamp::try_from(year_10000), "timestamp", "years 1 to 9999");
    refused(Timestamp::truncated(year_10000), "timestamp", "years 1 to 9999");
    for text in ["10000-01-01T00:00:00Z", "+10000-01-01T00:00:00Z"] {
        refused(text.parse::<Timestamp>(), "timestamp", "is not RFC 3339");
        unreadable::<Timestamp>(&json!(text), "timestamp", "2026-11-23T20:21:00Z");
    }
}

#[test]
fn nanoseconds_are_refused_rather_than_lost() {
    for text in ["2026-11-23T20:21:00.0000001Z", "1969-12-31T23:59:59.999999999Z"] {
        refused(text.parse::<Timestamp>(), "timestamp", "finer than a microsecond");
        unreadable::<Timestamp>(&json!(text), "timestamp", "truncate it");
        refused(Timestamp::try_from(time(text)), "timestamp", "truncate it");
    }
}

#[test]
fn a_leap_second_is_refused() {
    for text in ["2016-12-31T23:59:60Z", "2016-12-31T23:59:60.5Z"] {
        refused(text.parse::<Timestamp>(), "timestamp", "leap second; truncate it");
        unreadable::<Timestamp>(&json!(text), "timestamp", "leap second");
    }
}

#[test]
fn what_is_no_time_is_refused() {
    for text in ["", "now", "2026-11-23", "2026-11-23T20:21:00", "2026-02-30T00:00:00Z"] {
        refused(text.parse::<Timestamp>(), "timestamp", "is not RFC 3339 (2026-11-23T20:21:00Z)");
        unreadable::<Timestamp>(&json!(text), "timestamp", "is not RFC 3339");
    }
}

#[test]
fn a_time_of_another_zone_is_the_same_time() {
    let here: Timestamp = "2026-11-23T22:21:00.000001+02:00".parse().unwrap();
    let utc: Timestamp = "2026-11-23T20:21:00.000001Z".parse().unwrap();
    assert_eq!(here, utc);
}

#[test]
fn a_clock_is_truncated_to_the_microsecond_before() {
    let truncated = |text| Timestamp::truncated(time(text)).unwrap().micros();
    assert_eq!(truncated("1970-01-01T00:00:00.000001999Z"), 1);
    assert_eq!(truncated("1969-12-31T23:59:59.999999001Z"), -1);
}

proptest! {
    #![proptest_config(config())]

    #[test]
    fn every_microsecond_survives(micros in Timestamp::MIN.micros()..=Timestamp::MAX.micros()) {
        let time = Timestamp::from_micros(micros).unwrap();
        round_trips(&time);
        prop_assert_eq!(time.to_string().parse::<Timestamp>().unwrap().micros(), micros);
    }

    #[test]
    fn times_are_written_in_their_order(
        a in Timestamp::MIN.micros()..=Timestamp::MAX.micros(),
        b in Timestamp::MIN.micros()..=Timestamp::MAX.micros(),
    ) {
        let time = |micros| Timestamp::from_micros(micros).unwrap();
        prop_assert_eq!(time(a).to_string().cmp(&time(b).to_string()), time(a).cmp(&time(b)));
    }
}
