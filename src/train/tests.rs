//! Gradients against finite differences, both precisions and both ways to attend against one another.

use super::kernels::{Kernels, LANES};
use super::sample::{Batch, Stream, generator};
use super::{InitialScales, NormPlacement, Parameters, Pass, Settings, Shape, Trainer};
use crate::kernel::definition::Task;

/// Every mode: placement of norms, positions or none, task, heads, depth of the MLP.
fn modes() -> Vec<Shape> {
    let mut list = Vec::new();
    for norm in [NormPlacement::Post, NormPlacement::Pre, NormPlacement::None] {
        for positions in [true, false] {
            for task in [Task::QueryCount, Task::MostFrequentElement] {
                for (heads, hidden) in [(1, vec![7]), (2, vec![5, 3]), (3, vec![])] {
                    list.push(Shape { task, m: 5, n: 9, d: 6, heads, hidden, positions, norm });
                }
            }
        }
    }
    list
}

fn random<R: super::Real>(shape: &Shape, seed: u64) -> Parameters<R> {
    let scales = InitialScales { embedding: 0.7, positions: 0.4 };
    let mut parameters =
        Parameters::<f64>::random(shape, scales, &mut generator(seed, Stream::Weights, 0));
    // norms away from the identity, so that their gradients matter
    for (i, value) in parameters.values.iter_mut().enumerate() {
        *value += 0.05 * ((i * 7919 % 101) as f64 / 101.0 - 0.5);
    }
    // and no layer of the MLP dead on all lanes
    for tensor in parameters.tensors().to_vec() {
        if tensor.name.starts_with("mlp.hidden.") && tensor.name.ends_with("bias") {
            parameters.values[tensor.range].iter_mut().for_each(|bias| *bias += 0.5);
        }
    }
    parameters.convert()
}

/// Half the squared error of all lanes, and its gradient.
fn loss<R: super::Real>(
    pass: &mut Pass<R>,
    parameters: &Parameters<R>,
    batch: &Batch,
    gradient: Option<&mut Parameters<R>>,
) -> f64 {
    let outputs = pass.forward(parameters, batch);
    let mut by_output = [R::zero(); LANES];
    let mut sum = 0.0;
    for b in 0..LANES {
        let error = outputs[b] - R::of(f64::from(batch.answers[b]));
        by_output[b] = error;
        sum += 0.5 * error.widen() * error.widen();
    }
    if let Some(gradient) = gradient {
        pass.backward(parameters, batch, &by_output, gradient);
    }
    sum
}

/// Central differences at two steps, extrapolated, so that the error is of fourth order; `None` when the two are so far
/// apart that a unit of the MLP must have changed sides in between.
fn difference(
    pass: &mut Pass<f64>,
    parameters: &Parameters<f64>,
    batch: &Batch,
    at: usize,
) -> Option<f64> {
    let mut central = |step: f64| {
        let mut moved = parameters.clone();
        moved.values[at] += step;
        let above = loss(pass, &moved, batch, None);
        moved.values[at] -= 2.0 * step;
        (above - loss(pass, &moved, batch, None)) / (2.0 * step)
    };
    let (wide, narrow) = (central(2e-4), central(1e-4));
    let smooth = (wide - narrow).abs() <= 1e-5 * (1.0 + wide.abs());
    smooth.then_some((4.0 * narrow - wide) / 3.0)
}

/// A tensor's name, its gradient by hand and the measured one.
type Compared = (String, Vec<f64>, Vec<f64>);

/// The gradient by hand and the measured one, tensor by tensor; `None` when the point is too near to a kink.
fn gradients(shape: &Shape, seed: u64) -> Option<Vec<Compared>> {
    let parameters = random::<f64>(shape, seed);
    let mut batch = Batch::of_shape(shape);
    batch.draw(shape.task, &mut generator(seed, Stream::Training, 0));
    let mut pass = Pass::<f64>::new(shape);
    let mut gradient = Parameters::zeros(shape);
    loss(&mut pass, &parameters, &batch, Some(&mut gradient));
    let tensors = gradient.tensors().iter();
    tensors
        .map(|tensor| {
            let by_hand = gradient.values[tensor.range.clone()].to_vec();
            let mut range = tensor.range.clone();
            let measured = range.try_fold(Vec::new(), |mut list, at| {
                list.push(difference(&mut pass, &parameters, &batch, at)?);
                Some(list)
            });
            Some((tensor.name.clone(), by_hand, measured?))
        })
        .collect()
}

#[test]
fn gradients_agree_with_finite_differences_in_every_mode() {
    for shape in modes() {
        let tensors = (0..40).find_map(|seed| gradients(&shape, seed)).expect("a smooth point");
        for (name, by_hand, measured) in tensors {
            let norm =
                |values: &mut dyn Iterator<Item = f64>| values.map(|x| x * x).sum::<f64>().sqrt();
            let off = norm(&mut by_hand.iter().zip(&measured).map(|(x, y)| x - y));
            let size = norm(&mut measured.iter().copied());
            assert!(size > 0.0, "{shape:?}: {name} has no gradient");
            assert!(off < 1e-6 * size, "{shape:?}: {name}: {off:e} of {size:e}");
        }
    }
}

#[test]
fn both_precisions_and_all_sets_of_kernels_agree() {
    for (index, shape) in modes().into_iter().enumerate() {
        let exact = random::<f64>(&shape, index as u64);
        let mut batch = Batch::of_shape(&shape);
        batch.draw(shape.task, &mut generator(index as u64, Stream::Training, 0));
        let mut by_f64 = Parameters::zeros(&shape);
        let reference = loss(&mut Pass::<f64>::new(&shape), &exact, &batch, Some(&mut by_f64));
        for kernels in Kernels::available() {
            let mut by_f32 = Parameters::zeros(&shape);
            let mut pass = Pass::<f32>::with_kernels(&shape, kernels);
            let found = loss(&mut pass, &exact.convert(), &batch, Some(&mut by_f32));
            assert!((found - reference).abs() < 1e-4 * reference, "{shape:?}");
            let size = by_f64.values.iter().fold(0.0f64, |most, value| most.max(value.abs()));
            for (x, y) in by_f32.values.iter().zip(&by_f64.values) {
                assert!((f64::from(*x) - y).abs() < 1e-4 * size, "{shape:?} {}", kernels.name);
            }
        }
    }
}

/// A journal that was begun on one processor goes on on another with the same rounding.
#[test]
fn kernels_that_round_alike_train_the_same_bytes() {
    let size = |m, n, d, hidden| Shape {
        hidden: vec![hidden],
        positions: d % 2 == 0,
        ..Shape::of_paper(Task::QueryCount, m, n, d)
    };
    // tiles of every height, with columns to spare and without
    let sizes = [size(8, 11, 8, 32), size(17, 40, 20, 50), size(3, 7, 33, 64), size(70, 5, 62, 99)];
    let (mut roundings, mut apart) = (0, 0);
    for shape in modes().into_iter().chain(sizes) {
        let settings = Settings { steps: 3, batch: 32, ..Settings::default() };
        let mut trained: Vec<(&str, Vec<u32>)> = Vec::new();
        for kernels in Kernels::available() {
            let mut trainer = Trainer::with_kernels(&shape, &settings, kernels).unwrap();
            while !trainer.finished() {
                trainer.step().unwrap();
            }
            let bits = trainer.parameters().values.iter().map(|value| value.to_bits()).collect();
            match trained.iter().find(|(rounding, _)| *rounding == kernels.rounding) {
                Some((_, other)) => assert!(*other == bits, "{}: {shape:?}", kernels.name),
                None => trained.push((kernels.rounding, bits)),
            }
        }
        roundings = trained.len();
        apart += usize::from(roundings > 1 && trained[0].1 != trained[1].1);
    }
    // bits tell: others are seen
    assert!(roundings == 1 || apart > 30, "{apart}");
}

#[test]
fn a_gradient_adds_up_over_lanes() {
    // sixteen lanes at once and one at a time
    let shape = Shape { hidden: vec![7], ..modes()[0].clone() };
    let parameters = random::<f64>(&shape, 1);
    let mut batch = Batch::of_shape(&shape);
    batch.draw(shape.task, &mut generator(1, Stream::Training, 0));
    let mut pass = Pass::<f64>::new(&shape);
    let mut together = Parameters::zeros(&shape);
    pass.forward(&parameters, &batch);
    pass.backward(&parameters, &batch, &[1.0; LANES], &mut together);
    let mut apart = Parameters::zeros(&shape);
    for b in 0..LANES {
        let mut by_output = [0.0; LANES];
        by_output[b] = 1.0;
        pass.forward(&parameters, &batch);
        pass.backward(&parameters, &batch, &by_output, &mut apart);
    }
    for (x, y) in together.values.iter().zip(&apart.values) {
        assert!((x - y).abs() < 1e-12 * (1.0 + x.abs()));
    }
}

#[test]
fn a_small_model_learns_to_count() {
    let shape = Shape { norm: NormPlacement::None, ..Shape::of_paper(Task::QueryCount, 2, 6, 8) };
    let settings = Settings { steps: 3000, rate: 3e-3, ..Settings::default() };
    let mut trainer = Trainer::new(&shape, &settings).unwrap();
    let before = trainer.measure(1024);
    while !trainer.finished() {
        trainer.step().unwrap();
    }
    let after = trainer.measure(1024);
    assert!(after.mean_absolute_error < 0.5 * before.mean_absolute_error);
    assert!(after.accuracy.rate() > 0.7, "{after:?}");
}
