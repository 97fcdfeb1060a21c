(** * T1': counting the query with [d = m - 1] dimensions

    Statement.  Let [v_0 .. v_{m-1}] in [Q^d] be affinely independent, given by
    its barycentric functionals: [lambda_j(y) = <ell_j, y> + kappa_j] with
    [lambda_j(v_l) = delta_jl].  With one head, uniform attention and
    [W_V = W_O = I], so [r = v_q + sum_l f_l v_l], [f_l = c_l / n], the hidden unit
      [ReLU(<ell_j, r> + 2 kappa_j - 1)]
    is [f_q] at [j = q] and [0] elsewhere, so [n] times the sum of the [m] units is
    the query's count, for every count vector of every length.

    Source: ours.  The reason: [r] is [v_q] plus a point of the affine hull, because
    the frequencies add up to one, so [<ell_j, r> + 2 kappa_j = delta_jq + f_j].
    [simplex] shows that [d = m - 1] does it; [UniformCollision.v] shows that
    fewer dimensions never do. *)

From Coq Require Import Arith Lia ZArith QArith Qminmax Lqa.
From Counterproof Require Import Sums Vectors.

Local Open Scope Q_scope.

(** [ell], [kappa] are barycentric coordinates with respect to [v]. *)
Definition barycentric (d m : nat) (v ell : nat -> nat -> Q) (kappa : nat -> Q) : Prop :=
  forall j l, (j < m)%nat -> (l < m)%nat -> dot d (ell j) (v l) + kappa j == delta j l.

(** The hidden unit of token [j]. *)
Definition affine_unit (d : nat) (ell : nat -> nat -> Q) (kappa : nat -> Q)
    (r : nat -> Q) (j : nat) : Q :=
  relu (dot d (ell j) r + 2 * kappa j - 1).

(** What the functional [lambda_j] sees of the state, whatever [W_O = w I] is. *)
Lemma barycentric_residual w d m n v ell kappa c q j :
  barycentric d m v ell kappa -> input m n c q -> (j < m)%nat ->
  dot d (ell j) (residual w m n v c q)
  == delta j q - kappa j + w * (frequency n c j - kappa j).
Proof.
  intros Hb Hin Hj. rewrite dot_residual.
  rewrite (qsum_ext m _ (fun l => frequency n c l * delta j l - kappa j * frequency n c l)).
  - rewrite qsum_minus, qsum_scale, (frequency_sum m n c q Hin).
    rewrite (qsum_single m j).
    + rewrite delta_same. rewrite <- (Hb j q Hj (input_query _ _ _ _ Hin)). ring.
    + exact Hj.
    + intros l _ Hl. rewrite delta_other by auto. ring.
  - intros l Hl. rewrite <- (Hb j l Hj Hl). ring.
Qed.

Lemma affine_unit_query d m n v ell kappa c q :
  barycentric d m v ell kappa -> input m n c q ->
  affine_unit d ell kappa (residual 1 m n v c q) q == frequency n c q.
Proof.
  intros Hb Hin. unfold affine_unit.
  rewrite (barycentric_residual 1 d m n v ell kappa c q q Hb Hin (input_query _ _ _ _ Hin)).
  rewrite delta_same. pose proof (frequency_query_pos m n c q Hin).
  rewrite relu_pos by lra. ring.
Qed.

Lemma affine_unit_other d m n v ell kappa c q j :
  barycentric d m v ell kappa -> input m n c q -> (j < m)%nat -> j <> q ->
  affine_unit d ell kappa (residual 1 m n v c q) j == 0.
Proof.
  intros Hb Hin Hj Hne. unfold affine_unit.
  rewrite (barycentric_residual 1 d m n v ell kappa c q j Hb Hin Hj).
  rewrite delta_other by exact Hne.
  pose proof (frequency_le_1 m n c q j Hin Hj). apply relu_neg. lra.
Qed.

(** T1': exact for every [m], [n], [d], every count vector and every query in it. *)
Theorem qc_affine d m n v ell kappa c q :
  barycentric d m v ell kappa -> input m n c q ->
  inject_Z n * qsum m (affine_unit d ell kappa (residual 1 m n v c q)) == inject_Z (c q).
Proof.
  intros Hb Hin.
  rewrite (qsum_single m q _ (input_query _ _ _ _ Hin)).
  - rewrite (affine_unit_query d m n v ell kappa c q Hb Hin).
    apply (frequency_count m n c q). exact Hin.
  - intros j Hj Hne. apply (affine_unit_other d m n v ell kappa c q); assumption.
Qed.

(** ** Such an embedding exists with [d = m - 1]

    The last token sits at the origin, the others on the unit vectors. *)

Definition simplex (d l t : nat) : Q := if Nat.eqb l d then 0 else delta l t.
Definition simplex_ell (d j t : nat) : Q := if Nat.eqb j d then -1 else delta j t.
Definition simplex_kappa (d j : nat) : Q := if Nat.eqb j d then 1 else 0.

Lemma simplex_barycentric d :
  barycentric d (S d) (simplex d) (simplex_ell d) (simplex_kappa d).
Proof.
  intros j l Hj Hl. unfold dot, simplex, simplex_ell, simplex_kappa.
  destruct (Nat.eqb_spec l d) as [->|Hld].
  - rewrite qsum_zero by (intros; ring).
    destruct (Nat.eqb_spec j d) as [->|Hjd]; [rewrite delta_same; ring|].
    rewrite delta_other by exact Hjd. ring.
  - rewrite (qsum_single d l) by (try lia; intros t _ Ht; rewrite (delta_other l t) by auto; ring).
    rewrite delta_same. destruct (Nat.eqb_spec j d) as [->|Hjd].
    + rewrite delta_other by auto. ring.
    + ring.
Qed.

(** T1', as an existence statement: [m - 1] dimensions suffice at every length. *)
Theorem qc_affine_dimension d :
  exists (v ell : nat -> nat -> Q) (kappa : nat -> Q),
    forall n c q, input (S d) n c q ->
      inject_Z n * qsum (S d) (affine_unit d ell kappa (residual 1 (S d) n v c q))
      == inject_Z (c q).
Proof.
  exists (simplex d), (simplex_ell d), (simplex_kappa d).
  intros n c q. apply qc_affine. apply simplex_barycentric.
Qed.
