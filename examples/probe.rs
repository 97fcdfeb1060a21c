use counterproof::exact::*;
use counterproof::search::{collision::*, lattice::*};
use std::time::Instant;
fn main() {
    for path in std::env::args().skip(1) {
        let text = std::fs::read_to_string(&path).unwrap();
        let rows: Vec<Vec<Rational>> = text.lines().map(|l| l.split(',').map(|x| integer(x.trim().parse::<i64>().unwrap())).collect()).collect();
        let v = Matrix::from_rows(rows[0].len(), rows).unwrap();
        let t0 = Instant::now();
        let a = counting_matrix(&v);
        let lat = kernel_lattice(&a, v.rows());
        check_kernel_basis(&a, v.rows(), &lat.basis, &lat.left_inverse).unwrap();
        let t1 = t0.elapsed();
        let r0: i128 = lat.basis.iter().map(|b| l1(b)).min().unwrap().try_into().unwrap();
        let mut e = Enumeration::new(&lat.basis, r0, Limits::default()).unwrap();
        let z = e.run().unwrap().unwrap();
        let t2 = t0.elapsed();
        let cuts: Vec<_> = e.pools.iter().flatten().map(|c| c.y.clone()).collect();
        let sizes: Vec<_> = e.pools.iter().map(Vec::len).collect();
        let n = l1(&z);
        let t3 = Instant::now();
        let nodes = no_short_vector(&lat.basis, &cuts, &(&n - 2), 1 << 40);
        println!("{path}: k={} r0={r0} l1={n} n*={} lll {t1:?} search {t2:?} nodes {} cuts {sizes:?} check {nodes:?} {:?}", lat.dimension(), &n / 2 + 1, e.nodes, t3.elapsed());
    }
}
