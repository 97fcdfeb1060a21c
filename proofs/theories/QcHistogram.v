(** * T1: counting the query with a histogram

    Statement.  Let the embeddings [v_0 .. v_{m-1}] in [Q^d] be orthonormal (so
    [d >= m]), one head, uniform attention, [W_V = W_O = I], hence
    [r = v_q + (1/n) sum_l c_l v_l].  The hidden unit [ReLU(<v_j, r> - 1)] is [c_q / n]
    at [j = q] and [0] elsewhere, so
      [y = n * sum_j ReLU(<v_j, r> - 1) = c_q]
    exactly, with MLP width [m], for every [n] and every count vector.

    Source: Yehudai et al., arXiv:2407.15160v3; the width [m] is ours.  Proved here
    as the case [ell_j = v_j], [kappa_j = 0] of T1', and stated both for count
    vectors and for sequences.  Any orthonormal embedding will do, so rational
    rotations of the one-hot embedding are covered. *)

From Coq Require Import Arith Lia ZArith QArith Lqa.
From Counterproof Require Import Sums Vectors QcAffine.

Local Open Scope Q_scope.

Definition orthonormal (d m : nat) (v : nat -> nat -> Q) : Prop :=
  forall j l, (j < m)%nat -> (l < m)%nat -> dot d (v j) (v l) == delta j l.

Lemma orthonormal_barycentric d m v :
  orthonormal d m v -> barycentric d m v v (fun _ => 0).
Proof. intros H j l Hj Hl. rewrite (H j l Hj Hl). ring. Qed.

(** The hidden unit of token [j]. *)
Definition histogram_unit (d : nat) (v : nat -> nat -> Q) (r : nat -> Q) (j : nat) : Q :=
  relu (dot d (v j) r - 1).

Lemma histogram_unit_affine d v r j :
  histogram_unit d v r j == affine_unit d v (fun _ => 0) r j.
Proof. unfold histogram_unit, affine_unit. apply relu_proper. ring. Qed.

(** T1: what the hidden layer holds. *)
Theorem qc_histogram_units d m n v c q j :
  orthonormal d m v -> input m n c q -> (j < m)%nat ->
  histogram_unit d v (residual 1 m n v c q) j
  == if Nat.eqb j q then inject_Z (c q) / inject_Z n else 0.
Proof.
  intros Ho Hin Hj. rewrite histogram_unit_affine.
  apply orthonormal_barycentric in Ho. destruct (Nat.eqb_spec j q) as [->|Hne].
  - apply (affine_unit_query d m n v v (fun _ => 0) c q Ho Hin).
  - apply (affine_unit_other d m n v v (fun _ => 0) c q j Ho Hin Hj Hne).
Qed.

(** T1: exact for every count vector. *)
Theorem qc_histogram d m n v c q :
  orthonormal d m v -> input m n c q ->
  inject_Z n * qsum m (histogram_unit d v (residual 1 m n v c q)) == inject_Z (c q).
Proof.
  intros Ho Hin. rewrite <- (qc_affine d m n v v (fun _ => 0) c q).
  - apply Qmult_comp; [reflexivity|].
    apply qsum_ext. intros j _. apply histogram_unit_affine.
  - apply orthonormal_barycentric. exact Ho.
  - exact Hin.
Qed.

(** T1: exact for every sequence [x_0 .. x_n] over [m] tokens, the last being the query. *)
Theorem qc_histogram_sequence d m n v x r :
  orthonormal d m v ->
  (forall i, (i <= n)%nat -> (x i < m)%nat) ->
  (forall t, (t < d)%nat ->
     r t == v (x n) t + / inject_Z (Z.of_nat (S n)) * qsum (S n) (fun i => v (x i) t)) ->
  inject_Z (Z.of_nat (S n)) * qsum m (histogram_unit d v r)
  == inject_Z (count (S n) x (x n)).
Proof.
  intros Ho Hx Hr.
  rewrite <- (qc_histogram d m (Z.of_nat (S n)) v (count (S n) x) (x n) Ho
                (sequence_input m n x Hx)).
  apply Qmult_comp; [reflexivity|]. apply qsum_ext. intros j _.
  unfold histogram_unit. apply relu_proper. apply Qplus_comp; [|reflexivity].
  apply dot_ext; [reflexivity|]. intros t Ht.
  rewrite (Hr t Ht), sequence_residual by exact Hx. ring.
Qed.

(** One-hot embeddings are orthonormal, so T1 is not about nothing. *)
Theorem one_hot_orthonormal d m : (m <= d)%nat -> orthonormal d m delta.
Proof.
  intros Hd j l Hj Hl. unfold dot. rewrite (qsum_single d j).
  - rewrite delta_same. unfold delta. rewrite Nat.eqb_sym. ring.
  - lia.
  - intros t _ Ht. rewrite (delta_other j t) by auto. ring.
Qed.
