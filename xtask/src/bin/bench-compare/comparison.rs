//! How much slower one build is than another, from rounds in which both were measured.

use statrs::distribution::{ContinuousCDF, StudentsT};

/// How often the interval holds the true ratio.
const CONFIDENCE: f64 = 0.95;

/// A ratio of two times with its confidence interval.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Ratio {
    /// The geometric mean of the rounds' ratios, new by old.
    pub(crate) estimate: f64,
    /// The interval's lower end.
    pub(crate) low: f64,
    /// The interval's upper end.
    pub(crate) high: f64,
}

/// What follows from a ratio.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Verdict {
    /// The new build is slower than is allowed: the whole interval is.
    Slower,
    /// It may be slower than is allowed: the estimate is, the whole interval is not.
    Unclear,
    /// It is not slower than is allowed.
    Fine,
    /// It is faster: the whole interval is below 1.
    Faster,
}

impl Ratio {
    /// The ratio of times measured in rounds, each an old and a new one of the same unit; `None` for fewer
    /// than two rounds, which have no spread.
    ///
    /// A machine's speed changes from minute to minute, so only times of the same round are divided. The
    /// logarithms of the ratios are assumed to be normally distributed: 2 is as far from 1 as ½ is.
    pub(crate) fn of(rounds: &[(f64, f64)]) -> Option<Self> {
        if rounds.len() < 2 {
            return None;
        }
        let count = rounds.len() as f64;
        let logarithms: Vec<f64> = rounds.iter().map(|(old, new)| (new / old).ln()).collect();
        let mean = logarithms.iter().sum::<f64>() / count;
        let squares: f64 = logarithms.iter().map(|logarithm| (logarithm - mean).powi(2)).sum();
        let standard_error = (squares / (count - 1.0) / count).sqrt();
        let student = StudentsT::new(0.0, 1.0, count - 1.0).ok()?;
        let reach = student.inverse_cdf(0.5 + CONFIDENCE / 2.0) * standard_error;
        Some(Self { estimate: mean.exp(), low: (mean - reach).exp(), high: (mean + reach).exp() })
    }

    /// The verdict, where `allowed` is the highest ratio that is not too slow.
    pub(crate) fn verdict(&self, allowed: f64) -> Verdict {
        if self.low > allowed {
            Verdict::Slower
        } else if self.estimate > allowed {
            Verdict::Unclear
        } else if self.high < 1.0 {
            Verdict::Faster
        } else {
            Verdict::Fine
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn near(left: f64, right: f64) -> bool {
        (left - right).abs() < 1e-3
    }

    #[test]
    fn rounds_that_agree_leave_no_doubt() {
        let ratio = Ratio::of(&[(2.0, 3.0), (4.0, 6.0), (8.0, 12.0)]).unwrap();
        assert!([ratio.estimate, ratio.low, ratio.high].iter().all(|end| near(*end, 1.5)));
    }

    #[test]
    fn the_interval_is_that_of_students_distribution_on_logarithms() {
        // The logarithms are 0, 0.1 and 0.2: their mean 0.1, its standard error 0.1 / √3; the quantile of
        // two degrees of freedom at 97.5 % is 4.3027.
        let rounds = [0.0_f64, 0.1, 0.2].map(|logarithm| (1.0, logarithm.exp()));
        let ratio = Ratio::of(&rounds).unwrap();
        let reach = 4.3027 * 0.1 / 3.0_f64.sqrt();
        assert!(near(ratio.estimate, 0.1_f64.exp()));
        assert!(near(ratio.low, (0.1 - reach).exp()) && near(ratio.high, (0.1 + reach).exp()));
    }

    #[test]
    fn twice_as_slow_and_twice_as_fast_cancel_out() {
        let ratio = Ratio::of(&[(1.0, 2.0), (2.0, 1.0)]).unwrap();
        assert!(near(ratio.estimate, 1.0) && near(ratio.low * ratio.high, 1.0));
    }

    #[test]
    fn one_round_says_nothing() {
        assert_eq!(Ratio::of(&[(1.0, 2.0)]), None);
    }

    #[test]
    fn only_an_interval_that_lies_beyond_what_is_allowed_is_slower() {
        let verdict = |estimate, low, high| Ratio { estimate, low, high }.verdict(1.1);
        assert_eq!(verdict(1.3, 1.2, 1.4), Verdict::Slower);
        assert_eq!(verdict(1.2, 1.05, 1.4), Verdict::Unclear);
        assert_eq!(verdict(1.05, 1.02, 1.08), Verdict::Fine);
        assert_eq!(verdict(1.0, 0.9, 1.2), Verdict::Fine);
        assert_eq!(verdict(0.8, 0.7, 0.9), Verdict::Faster);
    }
}
