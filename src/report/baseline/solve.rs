//! Ordinary least squares for a handful of unknowns, by the normal equations.

/// A pivot below this share of its column's size is nothing.
const SINGULAR: f64 = 1e-9;

/// The numbers that make `row · numbers` fit best; `None`: the rows do not tell them
/// apart, or there are none.
pub(super) fn least_squares(rows: &[(Vec<f64>, f64)]) -> Option<Vec<f64>> {
    let many = rows.first()?.0.len();
    let mut matrix = vec![vec![0.0; many + 1]; many];
    for (row, value) in rows {
        for (left, line) in row.iter().zip(&mut matrix) {
            for (right, cell) in row.iter().chain([value]).zip(line) {
                *cell += left * right;
            }
        }
    }
    let sizes: Vec<f64> = (0..many).map(|place| matrix[place][place]).collect();
    for column in 0..many {
        let pivot = (column..many).max_by(|one, other| {
            matrix[*one][column].abs().total_cmp(&matrix[*other][column].abs())
        })?;
        if matrix[pivot][column].abs() <= SINGULAR * sizes[column] || sizes[column] == 0.0 {
            return None;
        }
        matrix.swap(column, pivot);
        let lead = matrix[column].clone();
        for line in &mut matrix[column + 1..] {
            let share = line[column] / lead[column];
            line.iter_mut().zip(&lead).for_each(|(cell, lead)| *cell -= share * lead);
        }
    }
    let mut numbers = vec![0.0; many];
    for row in (0..many).rev() {
        let known: f64 = (row + 1..many).map(|place| matrix[row][place] * numbers[place]).sum();
        numbers[row] = (matrix[row][many] - known) / matrix[row][row];
    }
    numbers.iter().all(|number| number.is_finite()).then_some(numbers)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_is_found_and_what_is_the_same_is_not_told_apart() {
        let rows: Vec<(Vec<f64>, f64)> =
            (0..9).map(|x| (vec![1.0, f64::from(x)], 3.0 - 2.0 * f64::from(x))).collect();
        let numbers = least_squares(&rows).unwrap();
        assert!((numbers[0] - 3.0).abs() < 1e-9 && (numbers[1] + 2.0).abs() < 1e-9);
        let same: Vec<_> = (0..9).map(|x| (vec![1.0, 2.0], f64::from(x))).collect();
        assert_eq!(least_squares(&same), None);
        assert_eq!(least_squares(&[]), None);
    }
}
