(** * T5: the Welch bound over the rationals

    Statement.  For [m] unit vectors of [Q^d] with [d < m] the coherence
    [mu = max_{i <> j} |<v_i, v_j>|] satisfies [mu^2 >= (m - d) / (d (m - 1))].
    The inner-product readout [n <v_q, u>], [u = (1/n) sum_j c_j v_j], errs by
    [mu (n - 1)] on the worst input, so it fails once [(n - 1) mu >= 1/2].

    Source: Yehudai et al., arXiv:2407.15160v3, for the use; the bound is Welch's.
    The proof is the trace inequality [sum_ij G_ij^2 >= (tr G)^2 / d] for the
    Gram matrix [G] of vectors in [Q^d]: with [F = sum_i v_i v_i^T] one has
    [sum_ij G_ij^2 = sum_st F_st^2 >= sum_s F_ss^2 >= (sum_s F_ss)^2 / d] and
    [tr F = tr G].  No square root occurs, so the rationals are enough. *)

From Coq Require Import Arith Lia ZArith QArith Qabs Lqa.
From Counterproof Require Import Sums Vectors.

Local Open Scope Q_scope.

Lemma square_nonneg x : 0 <= x * x.
Proof. nra. Qed.

(** Cauchy-Schwarz against the all-ones vector, in the form
    [(sum f)^2 <= d * sum f^2]: the sum of [(f_s - f_t)^2] is nonnegative. *)
Lemma sum_square_le d f :
  qsum d f * qsum d f <= inject_Z (Z.of_nat d) * qsum d (fun s => f s * f s).
Proof.
  assert (H : 0 <= qsum d (fun s => qsum d (fun t => (f s - f t) * (f s - f t))))
    by (apply qsum_nonneg; intros; apply qsum_nonneg; intros; apply square_nonneg).
  assert (E : qsum d (fun s => qsum d (fun t => (f s - f t) * (f s - f t)))
              == 2 * (inject_Z (Z.of_nat d) * qsum d (fun s => f s * f s)
                      - qsum d f * qsum d f)).
  { rewrite (qsum_ext d _ (fun s => inject_Z (Z.of_nat d) * (f s * f s)
                                    + qsum d (fun t => f t * f t)
                                    - 2 * qsum d f * f s)).
    - rewrite qsum_minus, qsum_plus, !qsum_scale, qsum_const. ring.
    - intros s _.
      rewrite (qsum_ext d _ (fun t => f s * f s + f t * f t - 2 * f s * f t))
        by (intros; ring).
      rewrite qsum_minus, qsum_plus, (qsum_scale d (2 * f s)), qsum_const. ring. }
  rewrite E in H. lra.
Qed.

Section Gram.
  Variables (d m : nat) (v : nat -> nat -> Q).

  (** The Gram matrix and the frame operator. *)
  Definition gram (i j : nat) : Q := dot d (v i) (v j).
  Definition frame (s t : nat) : Q := qsum m (fun i => v i s * v i t).

  Lemma gram_frame_trace : qsum m (fun i => gram i i) == qsum d (fun s => frame s s).
  Proof. unfold gram, dot, frame. apply qsum_swap. Qed.

  (** Both are [sum_ij sum_st v_i(s) v_j(s) v_i(t) v_j(t)]. *)
  Lemma gram_frame_square :
    qsum m (fun i => qsum m (fun j => gram i j * gram i j))
    == qsum d (fun s => qsum d (fun t => frame s t * frame s t)).
  Proof.
    set (p := fun i j s t => v i s * v j s * (v i t * v j t)).
    transitivity (qsum m (fun i => qsum m (fun j => qsum d (fun s => qsum d (fun t => p i j s t))))).
    - apply qsum_ext. intros i _. apply qsum_ext. intros j _.
      unfold gram, dot. rewrite qsum_mul. reflexivity.
    - transitivity (qsum m (fun i => qsum d (fun s => qsum d (fun t => qsum m (fun j => p i j s t))))).
      + apply qsum_ext. intros i _. rewrite qsum_swap.
        apply qsum_ext. intros s _. apply qsum_swap.
      + rewrite qsum_swap. apply qsum_ext. intros s _.
        rewrite qsum_swap. apply qsum_ext. intros t _.
        unfold frame. rewrite qsum_mul.
        apply qsum_ext. intros i _. apply qsum_ext. intros j _. unfold p. ring.
  Qed.

  (** The trace inequality, cleared of its denominator. *)
  Theorem trace_inequality :
    qsum m (fun i => gram i i) * qsum m (fun i => gram i i)
    <= inject_Z (Z.of_nat d) * qsum m (fun i => qsum m (fun j => gram i j * gram i j)).
  Proof.
    rewrite gram_frame_trace, gram_frame_square.
    apply Qle_trans with (inject_Z (Z.of_nat d) * qsum d (fun s => frame s s * frame s s)).
    - apply sum_square_le.
    - rewrite !(Qmult_comm (inject_Z (Z.of_nat d))). apply Qmult_le_compat_r.
      + apply qsum_le. intros s Hs.
        apply (qsum_term_le d (fun t => frame s t * frame s t) s Hs).
        intros; apply square_nonneg.
      + change 0 with (inject_Z 0). rewrite <- Zle_Qle. lia.
  Qed.

  (** ** The Welch bound *)

  Hypothesis unit_norm : forall i, (i < m)%nat -> gram i i == 1.

  (** If all off-diagonal squares are at most [mu2] then [mu2] is at least Welch's. *)
  Theorem welch mu2 :
    (0 < d)%nat -> (1 < m)%nat ->
    (forall i j, (i < m)%nat -> (j < m)%nat -> i <> j -> gram i j * gram i j <= mu2) ->
    (inject_Z (Z.of_nat m) - inject_Z (Z.of_nat d))
      / (inject_Z (Z.of_nat d) * (inject_Z (Z.of_nat m) - 1)) <= mu2.
  Proof.
    intros Hd Hm Hmu. pose proof trace_inequality as T.
    set (M := inject_Z (Z.of_nat m)) in *. set (D := inject_Z (Z.of_nat d)) in *.
    assert (HD : 1 <= D) by (unfold D; change 1 with (inject_Z 1); rewrite <- Zle_Qle; lia).
    assert (HM : 2 <= M) by (unfold M; change 2 with (inject_Z 2); rewrite <- Zle_Qle; lia).
    assert (Et : qsum m (fun i => gram i i) == M).
    { rewrite (qsum_ext m _ (fun _ => 1)) by exact unit_norm. rewrite qsum_const. unfold M. ring. }
    assert (Hrow : qsum m (fun i => qsum m (fun j => gram i j * gram i j))
                   <= M * (1 + (M - 1) * mu2)).
    { unfold M at 1. rewrite <- qsum_const. apply qsum_le. intros i Hi.
      apply Qle_trans with (qsum m (fun j => mu2 + (1 - mu2) * delta j i)).
      - apply qsum_le. intros j Hj. destruct (Nat.eq_dec j i) as [->|Hne].
        + rewrite delta_same, unit_norm by exact Hi. lra.
        + rewrite delta_other by exact Hne. rewrite Qmult_0_r, Qplus_0_r.
          apply Hmu; auto.
      - rewrite qsum_plus, qsum_scale, qsum_const.
        rewrite (qsum_single m i (fun j => delta j i) Hi)
          by (intros j _ Hj; rewrite delta_other by exact Hj; reflexivity).
        rewrite delta_same. fold M. lra. }
    rewrite Et in T.
    assert (T' : M * M <= M * (D * (1 + (M - 1) * mu2))).
    { apply Qle_trans with (D * qsum m (fun i => qsum m (fun j => gram i j * gram i j))); [exact T|].
      apply Qle_trans with (D * (M * (1 + (M - 1) * mu2))); [|lra].
      rewrite !(Qmult_comm D). apply Qmult_le_compat_r; [exact Hrow | lra]. }
    assert (T'' : M <= D * (1 + (M - 1) * mu2)).
    { apply Qmult_le_l in T'; [exact T' | lra]. }
    apply Qle_shift_div_r; [nra|]. lra.
  Qed.

  (** Hence two distinct tokens whose inner product is at least that large. *)
  Theorem welch_pair :
    (0 < d)%nat -> (1 < m)%nat ->
    exists i j, (i < m)%nat /\ (j < m)%nat /\ i <> j /\
      (inject_Z (Z.of_nat m) - inject_Z (Z.of_nat d))
        / (inject_Z (Z.of_nat d) * (inject_Z (Z.of_nat m) - 1)) <= gram i j * gram i j.
  Proof.
    intros Hd Hm.
    set (b := (inject_Z (Z.of_nat m) - inject_Z (Z.of_nat d))
              / (inject_Z (Z.of_nat d) * (inject_Z (Z.of_nat m) - 1))).
    set (f := fun p => if Nat.eqb (p / m) (p mod m) then b - 1
                       else gram (p / m) (p mod m) * gram (p / m) (p mod m)).
    destruct (qargmax (m * m) f ltac:(nia)) as [p [Hp Hmax]].
    assert (Hw : b <= f p).
    { apply welch; [exact Hd | exact Hm|]. intros i j Hi Hj Hne.
      specialize (Hmax (i * m + j)%nat ltac:(nia)). unfold f at 1 in Hmax.
      rewrite Nat.div_add_l, Nat.div_small, Nat.add_0_r in Hmax by lia.
      rewrite Nat.add_comm, Nat.mod_add, Nat.mod_small in Hmax by lia.
      apply Nat.eqb_neq in Hne. rewrite Hne in Hmax. exact Hmax. }
    unfold f in Hw. destruct (Nat.eqb_spec (p / m) (p mod m)) as [_|Hne]; [lra|].
    exists (p / m)%nat, (p mod m)%nat. split; [apply Nat.div_lt_upper_bound; lia|].
    split; [apply Nat.mod_upper_bound; lia|]. split; assumption.
  Qed.
End Gram.

(** ** What it costs the inner-product readout *)

Section Readout.
  Variables (d m : nat) (v : nat -> nat -> Q).
  Hypothesis unit_norm : forall i, (i < m)%nat -> gram d v i i == 1.

  (** [n <v_q, u>] with [u] the mean of the embeddings of [x_0 .. x_n], [q = x_n]. *)
  Definition inner_readout (n : nat) (x : nat -> nat) : Q :=
    qsum (S n) (fun l => gram d v (x n) (x l)).

  (** [n] copies of token [j], then the query [i]. *)
  Definition worst_input (n i j : nat) : nat -> nat := fun l => if Nat.ltb l n then j else i.

  Lemma worst_input_count n i j : i <> j -> count (S n) (worst_input n i j) i = 1%Z.
  Proof.
    intros Hne. unfold count. cbn [sum]. rewrite zsum_zero.
    - unfold worst_input. rewrite Nat.ltb_irrefl, Nat.eqb_refl. reflexivity.
    - intros l Hl. unfold worst_input. apply Nat.ltb_lt in Hl. rewrite Hl.
      rewrite (proj2 (Nat.eqb_neq j i)) by auto. reflexivity.
  Qed.

  (** The readout errs by [n <v_i, v_j>] on that input. *)
  Theorem inner_readout_error n i j :
    (i < m)%nat -> i <> j ->
    inner_readout n (worst_input n i j) - inject_Z (count (S n) (worst_input n i j) i)
    == inject_Z (Z.of_nat n) * gram d v i j.
  Proof.
    intros Hi Hne. rewrite worst_input_count by exact Hne.
    unfold inner_readout. cbn [sum].
    assert (E : worst_input n i j n = i) by (unfold worst_input; rewrite Nat.ltb_irrefl; reflexivity).
    rewrite E, unit_norm by exact Hi.
    rewrite (qsum_ext n _ (fun _ => gram d v i j)).
    - rewrite qsum_const. change (inject_Z 1) with 1. ring.
    - intros l Hl. unfold worst_input. apply Nat.ltb_lt in Hl. rewrite Hl. reflexivity.
  Qed.

  (** T5: with [4 n^2 (m - d) >= d (m - 1)] some input of [n + 1] tokens is answered
      wrongly, by one half or more. *)
  Theorem welch_readout n :
    (0 < d)%nat -> (1 < m)%nat ->
    inject_Z (Z.of_nat d) * (inject_Z (Z.of_nat m) - 1)
      <= 4 * (inject_Z (Z.of_nat n) * inject_Z (Z.of_nat n))
           * (inject_Z (Z.of_nat m) - inject_Z (Z.of_nat d)) ->
    exists x, (forall l, (x l < m)%nat) /\
      1 # 2 <= Qabs (inner_readout n x - inject_Z (count (S n) x (x n))).
  Proof.
    intros Hd Hm Hn. destruct (welch_pair d m v unit_norm Hd Hm) as [i [j [Hi [Hj [Hne Hw]]]]].
    exists (worst_input n i j). split.
    - intros l. unfold worst_input. destruct (Nat.ltb l n); assumption.
    - assert (E : worst_input n i j n = i) by (unfold worst_input; rewrite Nat.ltb_irrefl; reflexivity).
      rewrite E, inner_readout_error by assumption.
      set (g := gram d v i j) in *. set (N := inject_Z (Z.of_nat n)) in *.
      set (M := inject_Z (Z.of_nat m)) in *. set (D := inject_Z (Z.of_nat d)) in *.
      assert (HD : 1 <= D) by (unfold D; change 1 with (inject_Z 1); rewrite <- Zle_Qle; lia).
      assert (HM : 2 <= M) by (unfold M; change 2 with (inject_Z 2); rewrite <- Zle_Qle; lia).
      assert (HB : 0 < D * (M - 1)) by nra.
      assert (Hw' : M - D <= g * g * (D * (M - 1))).
      { apply (Qmult_le_compat_r _ _ (D * (M - 1))) in Hw; [|lra].
        rewrite Qmult_comm in Hw. unfold Qdiv in Hw.
        rewrite (Qmult_comm (M - D)), Qmult_assoc, Qmult_inv_r, Qmult_1_l in Hw by lra. exact Hw. }
      assert (Hsq : 1 <= 4 * ((N * g) * (N * g))).
      { apply (Qmult_le_r 1 _ (D * (M - 1)) HB).
        apply Qle_trans with (4 * (N * N) * (M - D)); [lra|].
        apply Qle_trans with (4 * (N * N) * (g * g * (D * (M - 1)))); [|lra].
        rewrite !(Qmult_comm (4 * (N * N))). apply Qmult_le_compat_r; [exact Hw'|].
        pose proof (square_nonneg N). lra. }
      apply Qabs_case; intros Hs; nra.
  Qed.
End Readout.
