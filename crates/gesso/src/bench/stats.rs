//! Samples of one quantity.

/// Measured values of one quantity.
#[derive(Clone, Debug, Default)]
pub struct Samples(Vec<f64>);

impl Samples {
    /// Adds a value.
    pub fn push(&mut self, value: f64) {
        self.0.push(value);
    }

    /// Adds the values of another set.
    pub fn extend(&mut self, other: Samples) {
        self.0.extend(other.0);
    }

    /// Number of values.
    pub fn count(&self) -> usize {
        self.0.len()
    }

    /// Number of values that are not above `most`.
    pub fn count_upto(&self, most: f64) -> usize {
        self.0.iter().filter(|v| **v <= most).count()
    }

    /// The smallest value that is at least as great as this share of all; 0 without values.
    pub fn quantile(&self, share: f64) -> f64 {
        let mut sorted = self.0.clone();
        sorted.sort_unstable_by(f64::total_cmp);
        let rank = (share * sorted.len() as f64).ceil() as usize;
        sorted.get(rank.clamp(1, sorted.len().max(1)) - 1).copied().unwrap_or(0.0)
    }

    /// The smallest value.
    pub fn min(&self) -> f64 {
        self.quantile(0.0)
    }

    /// The median.
    pub fn median(&self) -> f64 {
        self.quantile(0.5)
    }

    /// The 99th percentile.
    pub fn p99(&self) -> f64 {
        self.quantile(0.99)
    }

    /// The greatest value.
    pub fn max(&self) -> f64 {
        self.quantile(1.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quantiles_are_values_that_were_measured() {
        let mut samples = Samples::default();
        assert_eq!((samples.count(), samples.median()), (0, 0.0));
        for v in (1..=200).rev() {
            samples.push(f64::from(v));
        }
        assert_eq!((samples.median(), samples.p99(), samples.max()), (100.0, 198.0, 200.0));
    }
}
