(** * Farkas: why a system of linear inequalities has no solution

    Statement.  Rows [a_i . x <= b_i], [>= b_i] or [= b_i]; unknowns [x_j], some of
    them required to be nonnegative.  Multipliers [y_i >= 0] for [<=], [y_i <= 0] for
    [>=], of any sign for [=], add up to [g . x <= sum_i y_i b_i], [g = sum_i y_i a_i].
    - If [c_j <= g_j] where [x_j >= 0] is required and [c_j = g_j] elsewhere, every
      solution has [c . x <= sum_i y_i b_i]  (weak duality).
    - In particular with [c = 0] and [sum_i y_i b_i < 0] there is no solution.

    Source: the easy half of Farkas' lemma, textbook.  Proved over any ordered
    commutative ring with a setoid equality; the instance at the rationals is
    [farkas_rational].  The checker for integer rows is in [CheckFarkas.v]. *)

From Coq Require Import Setoid Morphisms Ring Arith Lia ZArith QArith.
From Counterproof Require Import Sums.

Inductive sense := Le | Ge | Eq.

Section Farkas.
  Variables (R : Type) (rO rI : R) (radd rmul rsub : R -> R -> R)
            (ropp : R -> R) (req : R -> R -> Prop) (rle : R -> R -> Prop).
  Hypothesis req_equivalence : Equivalence req.
  Hypothesis ring_ext : ring_eq_ext radd rmul ropp req.
  Hypothesis ring_laws : ring_theory rO rI radd rmul rsub ropp req.

  Add Ring farkas_ring : ring_laws (setoid req_equivalence ring_ext).

  Local Notation "x == y" := (req x y) (at level 70).
  Local Notation "x <= y" := (rle x y).
  Local Notation "x + y" := (radd x y).
  Local Notation "x * y" := (rmul x y).
  Local Notation "- x" := (ropp x).

  (** The order: a preorder up to [==], compatible with sums and products. *)
  Hypothesis rle_proper : Proper (req ==> req ==> iff) rle.
  Hypothesis rle_refl : forall x, x <= x.
  Hypothesis rle_trans : forall x y z, x <= y -> y <= z -> x <= z.
  Hypothesis rle_add : forall x y z, x <= y -> x + z <= y + z.
  Hypothesis rle_mul : forall x y z, rO <= z -> x <= y -> z * x <= z * y.

  Local Instance radd_proper : Proper (req ==> req ==> req) radd.
  Proof. exact (Radd_ext ring_ext). Qed.
  Local Instance rmul_proper : Proper (req ==> req ==> req) rmul.
  Proof. exact (Rmul_ext ring_ext). Qed.
  Existing Instance rle_proper.

  Local Notation rsum := (sum rO radd).
  Let rsum_ext := sum_ext R rO rI radd rmul rsub ropp req req_equivalence ring_ext ring_laws.
  Let rsum_zero := sum_zero R rO rI radd rmul rsub ropp req req_equivalence ring_ext ring_laws.
  Let rsum_scale := sum_scale R rO rI radd rmul rsub ropp req req_equivalence ring_ext ring_laws.
  Let rsum_swap := sum_swap R rO rI radd rmul rsub ropp req req_equivalence ring_ext ring_laws.

  (** [r] rows, [m] unknowns. *)
  Variables (r m : nat) (a : nat -> nat -> R) (b : nat -> R)
            (row_sense : nat -> sense) (nonnegative : nat -> bool).

  Definition holds (s : sense) (lhs rhs : R) : Prop :=
    match s with
    | Le => lhs <= rhs
    | Ge => rhs <= lhs
    | Eq => lhs == rhs
    end.

  Definition feasible (x : nat -> R) : Prop :=
    (forall i, (i < r)%nat -> holds (row_sense i) (rsum m (fun j => a i j * x j)) (b i)) /\
    (forall j, (j < m)%nat -> nonnegative j = true -> rO <= x j).

  Definition multiplier (s : sense) (y : R) : Prop :=
    match s with
    | Le => rO <= y
    | Ge => y <= rO
    | Eq => True
    end.

  Lemma rle_add_both x y z u : x <= y -> z <= u -> x + z <= y + u.
  Proof.
    intros H H'. apply rle_trans with (y + z); [apply rle_add; exact H|].
    assert (E1 : y + z == z + y) by ring. assert (E2 : y + u == u + y) by ring.
    rewrite E1, E2. apply rle_add. exact H'.
  Qed.

  Lemma rle_opp x y : x <= y -> - y <= - x.
  Proof.
    intros H. apply (rle_add _ _ (- x + - y)) in H.
    assert (E1 : x + (- x + - y) == - y) by ring.
    assert (E2 : y + (- x + - y) == - x) by ring.
    rewrite E1, E2 in H. exact H.
  Qed.

  Lemma rsum_le n f g : (forall i, (i < n)%nat -> f i <= g i) -> rsum n f <= rsum n g.
  Proof.
    induction n as [|n IH]; intros H; simpl; [apply rle_refl|].
    apply rle_add_both; [apply IH; intros; apply H; lia | apply H; lia].
  Qed.

  (** One row, multiplied. *)
  Lemma multiplied_row s y lhs rhs : multiplier s y -> holds s lhs rhs -> y * lhs <= y * rhs.
  Proof.
    destruct s; simpl; intros Hy H.
    - apply rle_mul; assumption.
    - assert (Hy' : rO <= - y).
      { apply rle_opp in Hy. assert (E : - rO == rO) by ring. rewrite E in Hy. exact Hy. }
      pose proof (rle_opp _ _ (rle_mul _ _ _ Hy' H)) as H'.
      assert (E1 : - (- y * lhs) == y * lhs) by ring.
      assert (E2 : - (- y * rhs) == y * rhs) by ring.
      rewrite E1, E2 in H'. exact H'.
    - rewrite H. apply rle_refl.
  Qed.

  (** Weak duality. *)
  Theorem weak_duality y c x :
    (forall i, (i < r)%nat -> multiplier (row_sense i) (y i)) ->
    (forall j, (j < m)%nat ->
       if nonnegative j then c j <= rsum r (fun i => y i * a i j)
       else c j == rsum r (fun i => y i * a i j)) ->
    feasible x ->
    rsum m (fun j => c j * x j) <= rsum r (fun i => y i * b i).
  Proof.
    intros Hy Hc [Hrows Hnn].
    apply rle_trans with (rsum m (fun j => rsum r (fun i => y i * a i j) * x j)).
    - apply rsum_le. intros j Hj. specialize (Hc j Hj). specialize (Hnn j Hj).
      destruct (nonnegative j).
      + assert (E1 : c j * x j == x j * c j) by ring.
        assert (E2 : rsum r (fun i => y i * a i j) * x j == x j * rsum r (fun i => y i * a i j)) by ring.
        rewrite E1, E2. apply rle_mul; auto.
      + rewrite Hc. apply rle_refl.
    - assert (E : rsum m (fun j => rsum r (fun i => y i * a i j) * x j)
                  == rsum r (fun i => y i * rsum m (fun j => a i j * x j))).
      { rewrite (rsum_ext m _ (fun j => rsum r (fun i => y i * (a i j * x j)))).
        - rewrite rsum_swap.
          apply rsum_ext.
          intros i _. apply rsum_scale.
        - intros j _.
          transitivity (rsum r (fun i => x j * (y i * a i j))).
          + rewrite rsum_scale. ring.
          + apply rsum_ext. intros i _. ring. }
      rewrite E. apply rsum_le. intros i Hi. apply (multiplied_row (row_sense i)); auto.
  Qed.

  (** Farkas: a contradiction from the rows. *)
  Theorem farkas y x :
    (forall i, (i < r)%nat -> multiplier (row_sense i) (y i)) ->
    (forall j, (j < m)%nat ->
       if nonnegative j then rO <= rsum r (fun i => y i * a i j)
       else rO == rsum r (fun i => y i * a i j)) ->
    ~ rO <= rsum r (fun i => y i * b i) ->
    ~ feasible x.
  Proof.
    intros Hy Hg Hb Hx. apply Hb.
    pose proof (weak_duality y (fun _ => rO) x Hy Hg Hx) as H.
    assert (E : rsum m (fun j => rO * x j) == rO)
      by (apply rsum_zero; intros; ring).
    rewrite E in H. exact H.
  Qed.
End Farkas.

(** ** The rationals *)

Lemma Qle_mul x y z : (0 <= z -> x <= y -> z * x <= z * y)%Q.
Proof. intros Hz H. rewrite !(Qmult_comm z). apply Qmult_le_compat_r; assumption. Qed.

Lemma Qle_add x y z : (x <= y -> x + z <= y + z)%Q.
Proof. intros H. apply Qplus_le_compat; [exact H | apply Qle_refl]. Qed.

Lemma Qle_iff_proper : Proper (Qeq ==> Qeq ==> iff) Qle.
Proof. exact Qle_comp. Qed.

Definition weak_duality_rational :=
  weak_duality Q 0%Q 1%Q Qplus Qmult Qminus Qopp Qeq Qle Q_Setoid Q_ring_ext Qsrt
    Qle_iff_proper Qle_refl Qle_trans Qle_add Qle_mul.

Definition farkas_rational :=
  farkas Q 0%Q 1%Q Qplus Qmult Qminus Qopp Qeq Qle Q_Setoid Q_ring_ext Qsrt
    Qle_iff_proper Qle_refl Qle_trans Qle_add Qle_mul.
