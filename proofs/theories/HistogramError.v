(** * T12: the error of the histogram readout

    Statement.  Let [G] be the Gram matrix of [m] vectors of norm 1 and [mu] its
    coherence, the largest [|G_ij|] with [i <> j].  The readout
    [n <v_q, u> = sum_j c_j G_qj], [u = (1/n) sum_j c_j v_j], errs by [sum_{j <> q} c_j G_qj].
    Its worst error over the inputs of length [n] is exactly [(n - 1) mu], attained by
    [n - 1] copies of one token before the query.  In [d] dimensions
    [mu^2 >= (m - d) / (d (m - 1))], so an error at most [e] on all inputs implies
    [(n - 1)^2 (m - d) <= e^2 d (m - 1)], and [(n - 1)^2 <= e^2 (2d - 1)] at [m = 2d].

    Source: Yehudai et al., arXiv:2407.15160v3, Theorem 4.2 as quoted, for an error of
    [Omega(sqrt n)] at [m >= 2d]; the exact error and the constant are ours, the bound
    on the coherence is Welch's.  Over any ordered field.  The inner product may have
    positive weights, [sum_t w_t x_t y_t]; the usual one has [w_t = 1]. *)

From Coq Require Import Setoid Field Arith Lia ZArith.
From Counterproof Require Import Sums Vectors OrderedField.

Local Open Scope field_scope.

Section HistogramError.
  Variable F : ordered_field.
  Add Field histogram_field : (flaws F) (setoid (feq_equivalence F) (fext F)).

  (** What the readout returns for the query [q], by the Gram matrix. *)
  Definition histogram_readout (m : nat) (G : nat -> nat -> F) (c : nat -> Z) (q : nat) : F :=
    fsum m (fun j => integer (c j) * G q j).

  Definition histogram_error m G c q : F := histogram_readout m G c q - integer (c q).

  (** Inner products of vectors of [d] coordinates, with weights. *)
  Definition weighted_gram (d : nat) (w : nat -> F) (v : nat -> nat -> F) (i j : nat) : F :=
    fsum d (fun t => w t * (v i t * v j t)).

  Definition unit_diagonal (m : nat) (G : nat -> nat -> F) : Prop :=
    forall i, (i < m)%nat -> G i i == 1.

  Definition coherence_at_most (m : nat) (G : nat -> nat -> F) (mu : F) : Prop :=
    forall i j, (i < m)%nat -> (j < m)%nat -> i <> j -> fabs (G i j) <= mu.

  Definition coherence (m : nat) (G : nat -> nat -> F) (mu : F) : Prop :=
    coherence_at_most m G mu /\
    exists i j, (i < m)%nat /\ (j < m)%nat /\ i <> j /\ fabs (G i j) == mu.

  Definition error_at_most (m : nat) (n : Z) (G : nat -> nat -> F) (e : F) : Prop :=
    forall c q, input m n c q -> fabs (histogram_error m G c q) <= e.

  (** [e] is the worst error over the inputs of length [n]. *)
  Definition worst_error (m : nat) (n : Z) (G : nat -> nat -> F) (e : F) : Prop :=
    error_at_most m n G e /\ exists c q, input m n c q /\ fabs (histogram_error m G c q) == e.

  (** The readout is [n <v_q, u>] with [u] the mean of the embeddings. *)
  Theorem histogram_readout_state d w v m n c q :
    input m n c q ->
    integer n * fsum d (fun t => w t * (v q t * fsum m (fun j => integer (c j) / integer n * v j t)))
    == histogram_readout m (weighted_gram d w v) c q.
  Proof.
    intros Hin. pose proof (fpos_neq _ (integer_pos (F := F)
      n ltac:(pose proof (input_n_pos _ _ _ _ Hin); lia))) as Hn.
    rewrite <- fsum_scale. unfold histogram_readout, weighted_gram.
    transitivity (fsum d (fun t => fsum m (fun j => integer (c j) * (w t * (v q t * v j t))))).
    - apply fsum_ext. intros t _.
      transitivity (integer n * w t * v q t * fsum m (fun j => integer (c j) / integer n * v j t)); [ring|].
      rewrite <- fsum_scale. apply fsum_ext. intros j _. field. exact Hn.
    - rewrite fsum_swap. apply fsum_ext. intros j _. apply fsum_scale.
  Qed.

  (** Leaving the query out of a sum. *)
  Definition others (q : nat) (f : nat -> F) (j : nat) : F := if Nat.eqb j q then 0 else f j.

  Lemma sum_others m q f : (q < m)%nat -> fsum m f == f q + fsum m (others q f).
  Proof.
    intros Hq.
    rewrite (fsum_ext m f (fun j => fdelta q j * f j + others q f j)).
    - rewrite fsum_plus, fsum_delta by exact Hq. reflexivity.
    - intros j _. unfold others. destruct (Nat.eqb_spec j q) as [->|H].
      + rewrite fdelta_same. ring.
      + rewrite fdelta_other by auto. ring.
  Qed.

  (** The error is what the other tokens leak. *)
  Theorem histogram_error_sum m G c q :
    unit_diagonal m G -> (q < m)%nat ->
    histogram_error m G c q == fsum m (others q (fun j => integer (c j) * G q j)).
  Proof.
    intros HG Hq. unfold histogram_error, histogram_readout.
    rewrite (sum_others m q _ Hq), (HG q Hq). ring.
  Qed.

  Lemma histogram_error_bound m G n mu :
    unit_diagonal m G -> 0 <= mu -> coherence_at_most m G mu ->
    error_at_most m n G (integer (n - 1) * mu).
  Proof.
    intros HG Hmu0 Hmu c q Hin. pose proof (input_query _ _ _ _ Hin) as Hq.
    rewrite (histogram_error_sum m G c q HG Hq).
    apply fle_trans with (1 := fsum_abs _ _).
    apply fle_trans with (fsum m (others q (fun j => integer (c j) * mu))).
    - apply fsum_le. intros j Hj. unfold others. destruct (Nat.eqb_spec j q) as [->|Hne].
      + rewrite fabs_pos_eq by apply fle_refl. apply fle_refl.
      + pose proof (integer_nonneg (F := F) _ (input_nonneg _ _ _ _ Hin j Hj)) as Hc.
        rewrite fabs_scale by exact Hc. apply fle_scale; [exact Hc|]. apply Hmu; auto.
    - assert (E : fsum m (others q (fun j => integer (c j) * mu)) == integer (n - c q) * mu).
      { pose proof (sum_others m q (fun j => integer (c j) * mu) Hq) as E.
        rewrite fsum_scale_r, <- integer_sum, (input_sum _ _ _ _ Hin) in E.
        rewrite integer_sub. transitivity (integer n * mu - integer (c q) * mu); [rewrite E; ring | ring]. }
      rewrite E. apply fle_trans with (mu * integer (n - c q)); [apply feq_fle; ring|].
      apply fle_trans with (mu * integer (n - 1)); [|apply feq_fle; ring].
      apply fle_scale; [exact Hmu0|]. apply integer_le.
      pose proof (input_present _ _ _ _ Hin). lia.
  Qed.

  (** [n - 1] copies of [j] before the query [i]. *)
  Definition copies_before (n : Z) (i j : nat) : nat -> Z :=
    fun l => if Nat.eqb l i then 1%Z else if Nat.eqb l j then (n - 1)%Z else 0%Z.

  Lemma copies_before_input m n i j :
    (i < m)%nat -> (j < m)%nat -> i <> j -> (1 <= n)%Z -> input m n (copies_before n i j) i.
  Proof.
    intros Hi Hj Hne Hn. unfold copies_before. split.
    - exact Hi.
    - intros l _. destruct (Nat.eqb l i); [lia|]. destruct (Nat.eqb l j); lia.
    - rewrite (zsum_ext m _ (fun l => (if Nat.eqb l i then 1 else 0)
                                      + (if Nat.eqb l j then n - 1 else 0))%Z).
      + rewrite zsum_plus, (zsum_single m i), (zsum_single m j), !Nat.eqb_refl; auto; try lia;
          intros l _ Hl; apply Nat.eqb_neq in Hl; rewrite Hl; reflexivity.
      + intros l _. destruct (Nat.eqb_spec l i) as [->|]; [|lia].
        apply Nat.eqb_neq in Hne. rewrite Hne. lia.
    - rewrite Nat.eqb_refl. lia.
  Qed.

  Theorem histogram_error_attained m G n i j :
    unit_diagonal m G -> (i < m)%nat -> (j < m)%nat -> i <> j -> (1 <= n)%Z ->
    fabs (histogram_error m G (copies_before n i j) i) == integer (n - 1) * fabs (G i j).
  Proof.
    intros HG Hi Hj Hne Hn. rewrite (histogram_error_sum m G _ i HG Hi).
    rewrite (fsum_single m j _ Hj).
    - unfold others, copies_before. rewrite (proj2 (Nat.eqb_neq j i)) by auto. rewrite Nat.eqb_refl.
      apply fabs_scale. apply integer_nonneg. lia.
    - intros l _ Hl. unfold others, copies_before. destruct (Nat.eqb l i); [reflexivity|].
      apply Nat.eqb_neq in Hl. rewrite Hl, integer_0. ring.
  Qed.

  (** T12: the worst error is [(n - 1) mu]. *)
  Theorem histogram_worst_error m G n mu :
    unit_diagonal m G -> coherence m G mu -> (1 <= n)%Z ->
    worst_error m n G (integer (n - 1) * mu).
  Proof.
    intros HG [Hmu [i [j [Hi [Hj [Hne E]]]]]] Hn. split.
    - apply histogram_error_bound; [exact HG | | exact Hmu]. rewrite <- E. apply fabs_nonneg.
    - exists (copies_before n i j), i. split; [apply copies_before_input; assumption|].
      rewrite histogram_error_attained by assumption. rewrite E. reflexivity.
  Qed.

  (** ** Welch's bound, for weighted inner products *)

  Lemma fsum_square_le d (f : nat -> F) :
    fsum d f * fsum d f <= integer (Z.of_nat d) * fsum d (fun s => f s * f s).
  Proof.
    assert (H : 0 <= fsum d (fun s => fsum d (fun t => (f s - f t) * (f s - f t))))
      by (apply fsum_nonneg; intros; apply fsum_nonneg; intros; apply fsquare_nonneg).
    set (N := integer (Z.of_nat d)). set (X := fsum d f). set (Y := fsum d (fun s => f s * f s)).
    assert (E : fsum d (fun s => fsum d (fun t => (f s - f t) * (f s - f t)))
                == (1 + 1) * (N * Y - X * X)).
    { rewrite (fsum_ext d _ (fun s => N * (f s * f s) + Y - (1 + 1) * X * f s)).
      - rewrite fsum_minus, fsum_plus, !fsum_scale, fsum_const. fold N X Y. ring.
      - intros s _. rewrite (fsum_ext d _ (fun t => f s * f s + f t * f t - (1 + 1) * f s * f t))
          by (intros; ring).
        rewrite fsum_minus, fsum_plus, (fsum_scale d ((1 + 1) * f s)), fsum_const.
        fold N X Y. ring. }
    rewrite E in H.
    assert (H2 : 0 < (1 : F) + 1).
    { apply flt_le_trans with (1 : F); [apply fone_pos|]. pose proof (fone_nonneg F) as H1. linear H1. }
    assert (H' : 0 <= N * Y - X * X) by (apply (fle_cancel (1 + 1)); [exact H2 | linear H]).
    linear H'.
  Qed.

  Section Gram.
    Variables (d m : nat) (w : nat -> F) (v : nat -> nat -> F).
    Hypothesis w_nonneg : forall t, (t < d)%nat -> 0 <= w t.

    Let G := weighted_gram d w v.
    Let frame (s t : nat) : F := fsum m (fun i => v i s * v i t).

    Lemma weighted_trace : fsum m (fun i => G i i) == fsum d (fun s => w s * frame s s).
    Proof.
      unfold G, weighted_gram, frame. rewrite fsum_swap. apply fsum_ext. intros s _. apply fsum_scale.
    Qed.

    Lemma weighted_squares :
      fsum m (fun i => fsum m (fun j => G i j * G i j))
      == fsum d (fun s => fsum d (fun t => w s * w t * (frame s t * frame s t))).
    Proof.
      pose (p := fun i j s t => w s * w t * (v i s * v i t * (v j s * v j t))).
      transitivity (fsum m (fun i => fsum m (fun j => fsum d (fun s => fsum d (fun t => p i j s t))))).
      - apply fsum_ext. intros i _. apply fsum_ext. intros j _. unfold G, weighted_gram.
        rewrite fsum_mul. apply fsum_ext. intros s _. apply fsum_ext. intros t _. unfold p. ring.
      - transitivity (fsum m (fun i => fsum d (fun s => fsum d (fun t => fsum m (fun j => p i j s t))))).
        + apply fsum_ext. intros i _. rewrite fsum_swap.
          apply fsum_ext. intros s _. apply fsum_swap.
        + rewrite fsum_swap. apply fsum_ext. intros s _.
          rewrite fsum_swap. apply fsum_ext. intros t _.
          unfold frame. rewrite fsum_mul, <- fsum_scale. apply fsum_ext. intros i _.
          rewrite <- fsum_scale. reflexivity.
    Qed.

    Lemma weighted_trace_inequality :
      fsum m (fun i => G i i) * fsum m (fun i => G i i)
      <= integer (Z.of_nat d) * fsum m (fun i => fsum m (fun j => G i j * G i j)).
    Proof.
      rewrite weighted_trace, weighted_squares.
      apply fle_trans with (1 := fsum_square_le d (fun s => w s * frame s s)).
      apply fle_scale; [apply integer_nonneg; lia|]. apply fsum_le. intros s Hs.
      apply fle_trans with (w s * w s * (frame s s * frame s s)); [apply feq_fle; ring|].
      apply (fsum_term_le d (fun t => w s * w t * (frame s t * frame s t)) s Hs).
      intros t Ht. apply fle_mul; [apply fle_mul; auto | apply fsquare_nonneg].
    Qed.

    (** Welch's bound, cleared of its denominator. *)
    Theorem weighted_welch mu :
      (0 < m)%nat -> unit_diagonal m G -> coherence_at_most m G mu ->
      integer (Z.of_nat m) - integer (Z.of_nat d)
      <= mu * mu * (integer (Z.of_nat d) * (integer (Z.of_nat m) - 1)).
    Proof.
      intros Hm HG Hmu. pose proof weighted_trace_inequality as T.
      set (M := integer (Z.of_nat m)) in *. set (D := integer (Z.of_nat d)) in *.
      assert (HM : 0 < M) by (apply integer_pos; lia).
      assert (HD : 0 <= D) by (apply integer_nonneg; lia).
      assert (Et : fsum m (fun i => G i i) == M).
      { rewrite (fsum_ext m _ (fun _ => 1)) by exact HG. rewrite fsum_const. fold M. ring. }
      assert (Hrow : fsum m (fun i => fsum m (fun j => G i j * G i j))
                     <= M * (1 + (M - 1) * (mu * mu))).
      { unfold M at 1. rewrite <- fsum_const. apply fsum_le. intros i Hi.
        apply fle_trans with (fsum m (fun j => mu * mu + (1 - mu * mu) * fdelta i j)).
        - apply fsum_le. intros j Hj. destruct (Nat.eq_dec i j) as [<-|Hne].
          + rewrite fdelta_same, (HG i Hi). apply feq_fle. ring.
          + rewrite fdelta_other by exact Hne. rewrite <- (fabs_square (G i j)).
            apply fle_trans with (mu * mu); [|apply feq_fle; ring].
            apply fsquare_mono; [apply fabs_nonneg | apply Hmu; auto].
        - rewrite fsum_plus, fsum_const. fold M.
          rewrite (fsum_ext m _ (fun j => fdelta i j * (1 - mu * mu))) by (intros; ring).
          rewrite (fsum_delta m i (fun _ => 1 - mu * mu) Hi). apply feq_fle. ring. }
      rewrite Et in T.
      assert (T' : M * M <= M * (D * (1 + (M - 1) * (mu * mu)))).
      { apply fle_trans with (1 := T). apply fle_trans with (D * (M * (1 + (M - 1) * (mu * mu)))).
        - apply fle_scale; assumption.
        - apply feq_fle. ring. }
      apply (fle_cancel M) in T'; [|exact HM]. linear T'.
    Qed.

    (** Hence the error of every embedding of [m] tokens in [d] dimensions. *)
    Theorem histogram_error_welch n e :
      (0 < m)%nat -> (2 <= n)%Z -> unit_diagonal m G -> error_at_most m n G e ->
      integer (n - 1) * integer (n - 1) * (integer (Z.of_nat m) - integer (Z.of_nat d))
      <= e * e * (integer (Z.of_nat d) * (integer (Z.of_nat m) - 1)).
    Proof.
      intros Hm Hn HG He. set (N := integer (n - 1)).
      assert (HN : 0 < N) by (apply integer_pos; lia). pose proof (fpos_neq _ HN) as HN0.
      assert (Hmu : coherence_at_most m G (e / N)).
      { intros i j Hi Hj Hne. apply fdiv_le; [exact HN|].
        apply fle_trans with (N * fabs (G i j)); [apply feq_fle; ring|]. unfold N.
        rewrite <- (histogram_error_attained m G n i j HG Hi Hj Hne ltac:(lia)).
        apply He. apply copies_before_input; auto. lia. }
      pose proof (weighted_welch (e / N) Hm HG Hmu) as W.
      apply (fle_scale (N * N)) in W; [|apply fsquare_nonneg].
      apply fle_trans with (1 := W). apply feq_fle. field. exact HN0.
    Qed.
  End Gram.

  (** At [m = 2d]: [(n - 1)^2 <= e^2 (2d - 1)]. *)
  Theorem histogram_error_double d w v n e :
    (0 < d)%nat -> (2 <= n)%Z -> (forall t, (t < d)%nat -> 0 <= w t) ->
    unit_diagonal (2 * d) (weighted_gram d w v) ->
    error_at_most (2 * d) n (weighted_gram d w v) e ->
    integer (n - 1) * integer (n - 1) <= e * e * integer (2 * Z.of_nat d - 1).
  Proof.
    intros Hd Hn Hw HG He.
    pose proof (histogram_error_welch d (2 * d) w v Hw n e ltac:(lia) Hn HG He) as H.
    set (D := integer (Z.of_nat d)) in *. assert (HD : 0 < D) by (apply integer_pos; lia).
    assert (E : integer (Z.of_nat (2 * d)) == D + D).
    { unfold D. rewrite <- integer_add. replace (Z.of_nat (2 * d)) with (Z.of_nat d + Z.of_nat d)%Z by lia.
      reflexivity. }
    rewrite E in H. apply (fle_cancel D); [exact HD|].
    assert (E2 : integer (2 * Z.of_nat d - 1) == D + D - 1).
    { replace (2 * Z.of_nat d - 1)%Z with (Z.of_nat d + Z.of_nat d - 1)%Z by lia.
      rewrite integer_sub, integer_add, integer_1. reflexivity. }
    rewrite E2. linear H.
  Qed.
End HistogramError.

Arguments histogram_error {F}. Arguments weighted_gram {F}. Arguments unit_diagonal {F}.
Arguments coherence_at_most {F}. Arguments coherence {F}. Arguments error_at_most {F}.
Arguments worst_error {F}.
