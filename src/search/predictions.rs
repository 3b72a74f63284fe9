//! Predictions of a search for points, evaluated or not.

use super::PointSearch;
use super::models::Models;

impl PointSearch {
    /// The predicted mean and standard deviation of an objective at some points, in the scale of the model: of the logarithm,
    /// if the objective is logarithmic, and of the negative, if it is maximised. Empty while fewer than two points were
    /// measured.
    pub fn predictions(&self, objective: usize, points: &[Vec<u32>]) -> Vec<(f64, f64)> {
        let models = Models::new(self, 1);
        let process = models.as_ref().and_then(|models| models.objectives.get(objective)?.first());
        let predictions = process.map(|process| process.predict(points)).unwrap_or_default();
        predictions.into_iter().map(|prediction| (prediction.mean, prediction.sd)).collect()
    }
}

#[cfg(test)]
mod tests {
    use crate::search::{LevelAxis, Observation, PointSearch, PointSearchOptions, SearchGoal};

    #[test]
    fn what_was_told_is_predicted_and_what_is_far_away_is_not_known() {
        let axes =
            vec![LevelAxis::Ordered((0..11).map(|level| f64::from(level) / 10.0).collect()), LevelAxis::Choice(2)];
        let goal = SearchGoal { highest: false, logarithmic: false };
        let mut search = PointSearch::new(axes, vec![goal], PointSearchOptions::default()).unwrap();
        assert!(search.predictions(0, &[vec![0, 0]]).is_empty());
        for level in 0..6 {
            for other in 0..2 {
                let objectives = vec![f64::from(level) * 2.0];
                let told = Observation::Measured { objectives, limits: Vec::new() };
                search.tell(vec![level, other], told).unwrap();
            }
        }
        let [known, far] = search.predictions(0, &[vec![3, 1], vec![10, 1]])[..] else { panic!("two points") };
        assert!((known.0 - 6.0).abs() < 0.2 && known.1 < 0.5, "{known:?}");
        assert!(far.1 > 2.0 * known.1, "{far:?}");
        assert!(search.predictions(1, &[vec![0, 0]]).is_empty());
    }
}
