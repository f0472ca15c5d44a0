//! From values to places: an axis with round numbers on it.

/// A range of values with round ends, and where it lies in the drawing.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Scale {
    least: f64,
    most: f64,
    step: f64,
    from: f64,
    to: f64,
}

impl Scale {
    /// An axis for these values, from `from` (the least) to `to` in the drawing, with about `ticks` numbers.
    pub(crate) fn over(
        values: impl Iterator<Item = f64>,
        (least, most): (Option<f64>, Option<f64>),
        (from, to): (f64, f64),
        ticks: u32,
    ) -> Self {
        let (mut low, mut high) = (least.unwrap_or(0.0), most.unwrap_or(f64::MIN));
        for value in values {
            low = if least.is_none() { low.min(value) } else { low };
            high = if most.is_none() { high.max(value) } else { high };
        }
        if high <= low {
            high = low + if low == 0.0 { 1.0 } else { low.abs() };
        }
        let step = round((high - low) / f64::from(ticks.max(1)));
        let low = if least.is_some() { low } else { (low / step).floor() * step };
        let high = if most.is_some() { high } else { (high / step).ceil() * step };
        Self { least: low, most: high, step, from, to }
    }

    /// Where a value lies; values outside lie at the ends.
    pub(crate) fn place(&self, value: f64) -> f64 {
        let part = (value.clamp(self.least, self.most) - self.least) / (self.most - self.least);
        self.from + part * (self.to - self.from)
    }

    /// Where nought lies, or the end that is nearer to it.
    pub(crate) fn ground(&self) -> f64 {
        self.place(0.0)
    }

    /// The round numbers of the axis.
    pub(crate) fn ticks(&self) -> Vec<f64> {
        let mut ticks = Vec::new();
        let mut at = (self.least / self.step).ceil();
        // A step is never below a tenth of the range, so that there are but a few.
        while at * self.step <= self.most + self.step / 1e6 && ticks.len() < 20 {
            ticks.push(at * self.step);
            at += 1.0;
        }
        ticks
    }

    /// Decimal places that tell the numbers of the axis apart.
    pub(crate) fn places(&self) -> usize {
        let (mut step, mut places) = (self.step, 0);
        while (step - step.round()).abs() > 1e-9 && places < 8 {
            step *= 10.0;
            places += 1;
        }
        places
    }
}

/// The next number of the form 1, 2 or 5 times a power of ten.
fn round(step: f64) -> f64 {
    let mut power = 1.0;
    while power * 10.0 <= step {
        power *= 10.0;
    }
    while power > step && power > 1e-9 {
        power /= 10.0;
    }
    [1.0, 2.0, 5.0].into_iter().map(|times| times * power).find(|round| *round >= step).unwrap_or(power * 10.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ticks(values: &[f64]) -> Vec<f64> {
        Scale::over(values.iter().copied(), (None, None), (0.0, 100.0), 4).ticks()
    }

    #[test]
    fn axes_have_round_numbers_and_hold_every_value() {
        assert_eq!(ticks(&[83.3, 71.0]), [0.0, 50.0, 100.0]);
        assert_eq!(ticks(&[0.03, 0.07]), [0.0, 0.02, 0.04, 0.06, 0.08]);
        assert_eq!(ticks(&[-4.0, 7.0]), [-5.0, 0.0, 5.0, 10.0]);
        assert_eq!(ticks(&[0.0, 0.0]), [0.0, 0.5, 1.0]);
    }

    #[test]
    fn an_axis_that_is_given_stays_as_it_is() {
        let scale = Scale::over([150.0].into_iter(), (Some(60.0), Some(120.0)), (0.0, 60.0), 3);
        assert_eq!((scale.place(90.0), scale.place(150.0)), (30.0, 60.0));
    }
}
