//! The parser of traces panics on no text, and a parsed trace is printed and read back the same.
#![no_main]

use libfuzzer_sys::fuzz_target;
use pangolin_parity::trace::Trace;

fuzz_target!(|bytes: &[u8]| {
    let text = String::from_utf8_lossy(bytes);
    let Ok(trace) = Trace::parse(&text) else { return };
    let lines = trace.to_lines();
    match Trace::parse(&lines) {
        Ok(again) => assert_eq!(again, trace),
        Err(error) => panic!("{error} of\n{lines}"),
    }
});
