//! Traces are text that people can read and edit.

#![allow(clippy::unwrap_used)]

use pangolin_parity::contract::method::Method;
use pangolin_parity::contract::op::Op;
use pangolin_parity::generate::entropy;
use pangolin_parity::generate::{self, Scope};
use pangolin_parity::trace::Trace;
use pangolin_parity::trace::step::Step;
use pangolin_store::TenantId;
use strum::IntoEnumIterator;
use uuid::Uuid;

#[test]
fn generated_traces_are_read_back_equal_and_call_every_method() {
    let mut called = std::collections::BTreeSet::new();
    for case in 0..300 {
        let trace = generate::case(&mut entropy::of_case(3, case), &Scope::default());
        assert_eq!(Trace::parse(&trace.to_lines()), Ok(trace.clone()));
        called.extend(trace.steps.iter().filter_map(Step::as_call).map(Op::method));
    }
    assert_eq!(called, Method::iter().collect());
}

#[test]
fn the_same_seed_and_case_give_the_same_trace() {
    let trace = |case| generate::case(&mut entropy::of_case(3, case), &Scope::default());
    assert_eq!(trace(5), trace(5));
    assert_ne!(trace(5), trace(6));
}

#[test]
fn bytes_of_a_fuzzer_make_traces() {
    let bytes: Vec<u8> = (0..4096_u32).map(|n| (n * 31 % 251) as u8).collect();
    let mut entropy = arbitrary::Unstructured::new(&bytes);
    let trace = generate::case(&mut entropy, &Scope::default());
    assert!(generate::STEPS.contains(&trace.steps.len()));
    let mut few = arbitrary::Unstructured::new(&bytes[..256]);
    let short = generate::case(&mut few, &Scope::default());
    assert!(short.steps.len() < *generate::STEPS.start(), "it ends where the bytes run out");
    let mut nothing = arbitrary::Unstructured::new(&[]);
    assert_eq!(generate::case(&mut nothing, &Scope::default()), Trace::default());
}

#[test]
fn a_line_is_one_method_and_its_named_arguments() {
    let tenant = TenantId::new(Uuid::from_u128(1));
    let trace: Trace = [Op::GetTenant { tenant }].into_iter().collect();
    let line = "{\"get_tenant\":{\"tenant\":\"00000000-0000-0000-0000-000000000001\"}}\n";
    assert_eq!(trace.to_lines(), line);
}

#[test]
fn a_line_can_also_be_a_restart() {
    let trace = Trace { steps: vec![Step::Restart] };
    assert_eq!(trace.to_lines(), "{\"restart\":{}}\n");
    assert_eq!(Trace::parse(&trace.to_lines()), Ok(trace));
}

#[test]
fn the_key_of_a_line_is_the_name_of_its_method() {
    for case in 0..100 {
        let trace = generate::case(&mut entropy::of_case(4, case), &Scope::default());
        for step in trace.steps.iter().filter_map(Step::as_call) {
            let line = serde_json::to_value(step).unwrap();
            let (key, _) = line.as_object().unwrap().iter().next().unwrap();
            assert_eq!(*key, step.method().to_string());
        }
    }
}

#[test]
fn empty_lines_and_comments_are_for_people() {
    let trace = Trace::parse("# a comment\n\n  {\"count_assets\":{\"tenant\":\"00000000-0000-0000-0000-000000000001\"}}\n").unwrap();
    assert_eq!(trace.steps.len(), 1);
}

/// The error for a trace whose second line is `line`.
fn said_of(line: &str) -> String {
    let error = Trace::parse(&format!("# first\n{line}\n")).unwrap_err();
    assert_eq!(error.line, 2);
    error.reason
}

#[test]
fn a_broken_line_is_refused_with_the_field_and_the_fix() {
    let name = said_of(
        r#"{"create_tenant":{"tenant":{"id":"00000000-0000-0000-0000-000000000001","name":"","properties":{}}}}"#,
    );
    assert!(name.contains("create_tenant.tenant.name"), "{name}");
    assert!(name.contains("takes 1 to 255 bytes, not 0"), "{name}");
    let method = said_of(r#"{"drop_tenant":{}}"#);
    assert!(method.contains("unknown variant `drop_tenant`"), "{method}");
    let restart = said_of(r#"{"restart":{"store":"sqlite"}}"#);
    assert_eq!(restart, r#"restart: takes no arguments; write {"restart":{}}"#);
    let field = said_of(r#"{"get_tenant":{"tennant":"x"}}"#);
    assert!(field.contains("unknown field `tennant`, expected `tenant`"), "{field}");
    let json = said_of("{\"get_tenant\"");
    assert_eq!(json, "column 13: EOF while parsing an object");
    let rest = said_of(r#"{"count_assets":{"tenant":"00000000-0000-0000-0000-000000000001"}} x"#);
    assert_eq!(rest, "column 68: trailing characters");
}
