//! `parity replay`.

use std::path::PathBuf;
use std::time::Duration;

use pangolin_parity::compare::lockstep::{Lockstep, Watch};
use pangolin_parity::trace::regressions;

use super::{Failure, StoreArgs};

#[derive(clap::Args)]
pub(super) struct Replay {
    #[command(flatten)]
    stores: StoreArgs,

    /// Traces, one call per line, or folders of traces
    #[arg(required = true, value_name = "FILE")]
    traces: Vec<PathBuf>,

    /// Report a hang when a call takes longer
    #[arg(long, value_name = "TIME", value_parser = humantime::parse_duration, default_value = "10s")]
    call_limit: Duration,
}

impl Replay {
    /// Replays the traces and returns whether the stores are at parity.
    pub(super) async fn run(self) -> Result<bool, Failure> {
        let (backends, _) = self.stores.open().await?;
        let mut traces = Vec::new();
        for path in &self.traces {
            if path.is_dir() {
                traces.extend(regressions::read_all(path).map_err(Failure::input)?);
            } else {
                traces.push((path.clone(), regressions::read(path).map_err(Failure::input)?));
            }
        }
        let unavailable = |error| Failure::unavailable(anyhow::Error::from(error));
        let mut lockstep = Lockstep::open(&backends, self.call_limit).await.map_err(unavailable)?;
        let names: Vec<String> =
            backends.iter().map(|backend| backend.name().to_string()).collect();
        let watch = Watch { observe: true, ..Watch::default() };
        let mut parity = true;
        for (path, trace) in &traces {
            let findings = lockstep.run(trace, &watch).await.map_err(unavailable)?;
            let steps = trace.steps.len();
            if findings.is_empty() {
                println!("{}: {steps} steps, {} at parity", path.display(), names.join(", "));
            }
            for finding in findings {
                parity = false;
                println!(
                    "{}: {} differs in {} after {} of {steps} steps ({})\n{}",
                    path.display(),
                    finding.backend,
                    finding.call.method(),
                    finding.steps_before,
                    finding.difference.class,
                    finding.difference.to_text()
                );
            }
        }
        Ok(parity)
    }
}
