(** * T7: where uniform attention cannot count

    Statement.  Let [v_0 .. v_{m-1}] in [Q^d] be any embedding and
    [L = { z in Z^m : sum_j z_j v_j = 0, sum_j z_j = 0 }].  For one query, two count
    vectors have the same state under uniform attention iff their difference is
    in [L].
    - [L = {0}]: the state determines the counts, at every [n].
    - Otherwise the least context length at which two count vectors with a common
      query share their state is [n* = 1 + min_{z in L, z <> 0} ||z||_1 / 2]; at [n*]
      and at every larger [n] no function of query and state answers QC, and none
      answers MFE.

    Source: ours.  The construction: let [|z_q|] be largest and [z_q > 0]; then
    [c = z^+ + k e_q] and [c' = z^- + k e_q] with [k = n - ||z||_1 / 2] differ in the
    count of [q], and [c_q] exceeds every entry of [c'], so the maxima differ too.

    The states of two *different* queries may also coincide, and may do so before
    [n*] when [W_O = I]: [cross_query_collision] is such a case.  With [W_O = w I] and
    a small [w] they cannot ([small_output_separates]), so [n*] is the threshold of
    the embedding, while a fixed [W_O] may do worse. *)

From Coq Require Import Arith Lia ZArith QArith Qabs Lqa.
From Counterproof Require Import Sums Vectors QcAffine NoPosition.

Local Open Scope Z_scope.

(** The integer relations among the embeddings. *)
Definition relation (d m : nat) (v : nat -> nat -> Q) (z : nat -> Z) : Prop :=
  (forall t, (t < d)%nat -> qsum m (fun j => inject_Z (z j) * v j t) == 0)%Q /\ zsum m z = 0.

Definition nonzero (m : nat) (z : nat -> Z) : Prop := exists j, (j < m)%nat /\ z j <> 0.

Definition l1 (m : nat) (z : nat -> Z) : Z := zsum m (fun j => Z.abs (z j)).

(** Equality of states, coordinate by coordinate. *)
Definition same_state (d : nat) (r r' : nat -> Q) : Prop :=
  forall t, (t < d)%nat -> (r t == r' t)%Q.

Definition difference (c c' : nat -> Z) : nat -> Z := fun j => c j - c' j.

Section UniformCollision.
  Variables (d m : nat) (v : nat -> nat -> Q) (w : Q).
  Hypothesis w_nonzero : ~ (w == 0)%Q.

  Notation state n c q := (residual w m n v c q).

  (** Same state iff the difference is a relation. *)
  Lemma same_state_iff n c c' q :
    input m n c q -> input m n c' q ->
    same_state d (state n c q) (state n c' q) <-> relation d m v (difference c c').
  Proof.
    intros Hc Hc'. pose proof (inject_pos n (input_n_pos _ _ _ _ Hc)) as Hn.
    assert (E : forall t, (qsum m (fun j => inject_Z (difference c c' j) * v j t)
      == inject_Z n * (qsum m (fun j => frequency n c j * v j t)
                       - qsum m (fun j => frequency n c' j * v j t)))%Q).
    { intros t. rewrite <- qsum_minus, <- qsum_scale. apply qsum_ext. intros j _.
      unfold difference, frequency, Z.sub. rewrite inject_Z_plus, inject_Z_opp. field. lra. }
    assert (Es : zsum m (difference c c') = 0).
    { unfold difference. rewrite zsum_minus, (input_sum _ _ _ _ Hc), (input_sum _ _ _ _ Hc'). lia. }
    split.
    - intros H. split; [|exact Es]. intros t Ht. rewrite E.
      specialize (H t Ht). unfold residual in H.
      apply Qplus_inj_l, Qmult_inj_l in H; [|exact w_nonzero]. rewrite H. ring.
    - intros [H _] t Ht. specialize (H t Ht). rewrite E in H. unfold residual.
      apply Qplus_inj_l, Qmult_inj_l; [exact w_nonzero|].
      apply Qmult_integral in H. destruct H as [H|H]; lra.
  Qed.

  (** ** A short relation is a collision *)

  Definition positive_part (z : nat -> Z) (q : nat) (k : Z) : nat -> Z :=
    fun j => Z.max (z j) 0 + (if Nat.eqb j q then k else 0).
  Definition opposite (z : nat -> Z) : nat -> Z := fun j => - z j.

  Lemma positive_part_sum z q k :
    (q < m)%nat -> zsum m z = 0 -> 2 * zsum m (positive_part z q k) = l1 m z + 2 * k.
  Proof.
    intros Hq Hz. unfold positive_part, l1. rewrite zsum_plus.
    rewrite (zsum_single m q (fun j => if Nat.eqb j q then k else 0) Hq)
      by (intros j _ Hj; apply Nat.eqb_neq in Hj; rewrite Hj; reflexivity).
    rewrite Nat.eqb_refl.
    assert (E : 2 * zsum m (fun j => Z.max (z j) 0) = zsum m (fun j => Z.abs (z j)) + zsum m z).
    { rewrite <- zsum_scale, <- zsum_plus. apply zsum_ext. intros j _. lia. }
    lia.
  Qed.

  Lemma opposite_l1 z : l1 m (opposite z) = l1 m z.
  Proof. apply zsum_ext. intros j _. unfold opposite. lia. Qed.

  Lemma opposite_sum z : zsum m z = 0 -> zsum m (opposite z) = 0.
  Proof. intros H. unfold opposite. rewrite zsum_opp. lia. Qed.

  Lemma positive_part_input z q n :
    (q < m)%nat -> zsum m z = 0 -> l1 m z <= 2 * (n - 1) ->
    exists k, 1 <= k /\ input m n (positive_part z q k) q
                     /\ input m n (positive_part (opposite z) q k) q.
  Proof.
    intros Hq Hz Hl. pose proof (positive_part_sum z q 0 Hq Hz) as E0.
    set (p := zsum m (positive_part z q 0)) in *.
    exists (n - p). split; [lia|].
    assert (Hin : forall y, zsum m y = 0 -> l1 m y = l1 m z ->
                  input m n (positive_part y q (n - p)) q).
    { intros y Hy Hly. split.
      - exact Hq.
      - intros j _. unfold positive_part. destruct (Nat.eqb j q); lia.
      - pose proof (positive_part_sum y q (n - p) Hq Hy). lia.
      - unfold positive_part. rewrite Nat.eqb_refl. lia. }
    split; apply Hin; auto using opposite_l1, opposite_sum.
  Qed.

  (** A nonzero relation of norm at most [2 (n - 1)] gives two count vectors with a
      common query and state at length [n], and different answers to both tasks. *)
  Theorem uniform_collision n z :
    relation d m v z -> nonzero m z -> l1 m z <= 2 * (n - 1) ->
    exists q c c', input m n c q /\ input m n c' q /\
      same_state d (state n c q) (state n c' q) /\
      c' q < c q /\ largest m c' < largest m c.
  Proof.
    intros [Hz Hs] [p [Hp Hpz]] Hl.
    destruct (largest_attained m (fun j => Z.abs (z j)) ltac:(lia) ltac:(intros; lia))
      as [q [Hq Emax]].
    assert (Hmax : forall j, (j < m)%nat -> Z.abs (z j) <= Z.abs (z q)).
    { intros j Hj. rewrite <- Emax. apply (largest_ub m (fun j => Z.abs (z j))). exact Hj. }
    assert (Hq0 : z q <> 0) by (specialize (Hmax p Hp); lia).
    (* Either [z] or its opposite is positive at [q]. *)
    assert (Hy : exists y, relation d m v y /\ l1 m y = l1 m z /\ 0 < y q /\
                 forall j, (j < m)%nat -> Z.abs (y j) <= y q).
    { destruct (Z_lt_le_dec 0 (z q)) as [H|H].
      - exists z. repeat split; auto. intros j Hj. specialize (Hmax j Hj). lia.
      - exists (opposite z). split; [|split; [apply opposite_l1|]].
        + split; [|apply opposite_sum; exact Hs]. intros t Ht.
          rewrite (qsum_ext m _ (fun j => - (inject_Z (z j) * v j t))%Q).
          * rewrite qsum_opp, Hz by exact Ht. reflexivity.
          * intros j _. unfold opposite. rewrite inject_Z_opp. ring.
        + unfold opposite. split; [lia|]. intros j Hj. specialize (Hmax j Hj). lia. }
    destruct Hy as [y [[Hy Hys] [Hly [Hyq Hymax]]]]. rewrite <- Hly in Hl.
    destruct (positive_part_input y q n Hq Hys Hl) as [k [Hk [Hc Hc']]].
    exists q, (positive_part y q k), (positive_part (opposite y) q k).
    split; [exact Hc|]. split; [exact Hc'|]. split; [|split].
    - apply same_state_iff; [exact Hc | exact Hc'|].
      assert (E : forall j, difference (positive_part y q k) (positive_part (opposite y) q k) j = y j).
      { intros j. unfold difference, positive_part, opposite. destruct (Nat.eqb j q); lia. }
      split.
      + intros t Ht. rewrite (qsum_ext m _ (fun j => inject_Z (y j) * v j t)%Q).
        * apply Hy. exact Ht.
        * intros j _. rewrite E. reflexivity.
      + rewrite (zsum_ext m _ y) by (intros; apply E). exact Hys.
    - unfold positive_part, opposite. rewrite Nat.eqb_refl. lia.
    - apply Z.lt_le_trans with (positive_part y q k q); [|apply largest_ub; exact Hq].
      assert (H : largest m (positive_part (opposite y) q k) <= positive_part y q k q - 1); [|lia].
      apply largest_lub; unfold positive_part, opposite; rewrite Nat.eqb_refl; [lia|].
      intros j Hj. specialize (Hymax j Hj). destruct (Nat.eqb_spec j q) as [->|_]; lia.
  Qed.

  (** ** A collision is a short relation *)

  Theorem collision_relation n c c' q :
    input m n c q -> input m n c' q -> same_state d (state n c q) (state n c' q) ->
    nonzero m (difference c c') ->
    relation d m v (difference c c') /\ l1 m (difference c c') <= 2 * (n - 1).
  Proof.
    intros Hc Hc' Hs Hne. split; [apply (same_state_iff n c c' q); assumption|].
    unfold l1, difference.
    assert (H : zsum m (fun j => Z.abs (c j - c' j))
                <= zsum m (fun j => c j + c' j - 2 * (if Nat.eqb j q then 1 else 0))).
    { apply zsum_le. intros j Hj.
      pose proof (input_nonneg _ _ _ _ Hc j Hj). pose proof (input_nonneg _ _ _ _ Hc' j Hj).
      destruct (Nat.eqb_spec j q) as [->|_]; [|lia].
      pose proof (input_present _ _ _ _ Hc). pose proof (input_present _ _ _ _ Hc'). lia. }
    rewrite zsum_minus, zsum_plus, zsum_scale in H.
    rewrite (input_sum _ _ _ _ Hc), (input_sum _ _ _ _ Hc') in H.
    rewrite (zsum_single m q (fun j => if Nat.eqb j q then 1 else 0)) in H.
    - rewrite Nat.eqb_refl in H. lia.
    - apply (input_query _ _ _ _ Hc).
    - intros j _ Hj. apply Nat.eqb_neq in Hj. rewrite Hj. reflexivity.
  Qed.

  (** The threshold: at length [n] some query has two count vectors with one state
      iff there is a nonzero relation of norm at most [2 (n - 1)]. *)
  Theorem uniform_collision_iff n :
    (exists q c c', input m n c q /\ input m n c' q /\
       same_state d (state n c q) (state n c' q) /\ nonzero m (difference c c'))
    <-> (exists z, relation d m v z /\ nonzero m z /\ l1 m z <= 2 * (n - 1)).
  Proof.
    split.
    - intros [q [c [c' [Hc [Hc' [Hs Hne]]]]]]. exists (difference c c').
      destruct (collision_relation n c c' q Hc Hc' Hs Hne). auto.
    - intros [z [Hz [Hne Hl]]].
      destruct (uniform_collision n z Hz Hne Hl) as [q [c [c' [Hc [Hc' [Hs [Hq _]]]]]]].
      exists q, c, c'. repeat (split; [assumption|]).
      exists q. split; [apply (input_query _ _ _ _ Hc) | unfold difference; lia].
  Qed.

  (** [L = {0}]: the state determines the counts, at every length. *)
  Theorem trivial_relations_injective n c c' q :
    (forall z, relation d m v z -> forall j, (j < m)%nat -> z j = 0) ->
    input m n c q -> input m n c' q -> same_state d (state n c q) (state n c' q) ->
    forall j, (j < m)%nat -> c j = c' j.
  Proof.
    intros H Hc Hc' Hs j Hj. apply (same_state_iff n c c' q Hc Hc') in Hs.
    specialize (H _ Hs j Hj). unfold difference in H. lia.
  Qed.

  (** ** What a collision means for a model *)

  (** A reader of query and state, and being right on every input of length [n]. *)
  Definition reader (f : nat -> (nat -> Q) -> Q) : Prop :=
    forall q r r', same_state d r r' -> (f q r == f q r')%Q.

  Definition solves (n : Z) (f : nat -> (nat -> Q) -> Q) (task : (nat -> Z) -> nat -> Z) : Prop :=
    forall c q, input m n c q ->
      (-(1#2) < f q (state n c q) - inject_Z (task c q) < 1#2)%Q.

  Lemma solves_same_state n f task c c' q :
    reader f -> solves n f task -> input m n c q -> input m n c' q ->
    same_state d (state n c q) (state n c' q) -> task c q = task c' q.
  Proof.
    intros Hf Hsol Hc Hc' Hs. apply (within_half_unique (f q (state n c q))).
    - apply Hsol. exact Hc.
    - specialize (Hf q _ _ Hs). destruct (Hsol c' q Hc') as [A B].
      rewrite <- Hf in A, B. split; assumption.
  Qed.

  (** T7: from [n*] on, no MLP of any size solves QC, even if it is told the query. *)
  Theorem uniform_collision_qc n z f :
    relation d m v z -> nonzero m z -> l1 m z <= 2 * (n - 1) ->
    reader f -> ~ solves n f (fun c q => c q).
  Proof.
    intros Hz Hne Hl Hf Hsol.
    destruct (uniform_collision n z Hz Hne Hl) as [q [c [c' [Hc [Hc' [Hs [Hq _]]]]]]].
    pose proof (solves_same_state n f _ c c' q Hf Hsol Hc Hc' Hs) as E. cbv beta in E. lia.
  Qed.

  (** T7: the same for MFE. *)
  Theorem uniform_collision_mfe n z f :
    relation d m v z -> nonzero m z -> l1 m z <= 2 * (n - 1) ->
    reader f -> ~ solves n f (fun c _ => largest m c).
  Proof.
    intros Hz Hne Hl Hf Hsol.
    destruct (uniform_collision n z Hz Hne Hl) as [q [c [c' [Hc [Hc' [Hs [_ Hm]]]]]]].
    pose proof (solves_same_state n f _ c c' q Hf Hsol Hc Hc' Hs) as E. cbv beta in E. lia.
  Qed.
End UniformCollision.

(** Affinely independent embeddings have no relation, so T1' is the case [L = {0}]. *)
Theorem barycentric_no_relation d m v ell kappa z :
  barycentric d m v ell kappa -> relation d m v z ->
  forall j, (j < m)%nat -> z j = 0.
Proof.
  intros Hb [Hz Hs] j Hj.
  assert (E : (inject_Z (z j) == inject_Z 0)%Q).
  { transitivity (qsum m (fun l => inject_Z (z l) * dot d (ell j) (v l) + kappa j * inject_Z (z l)))%Q.
    - rewrite (qsum_single m j _ Hj).
      + rewrite <- (Qmult_1_r (inject_Z (z j))) at 1.
        rewrite <- (delta_same j), <- (Hb j j Hj Hj). ring.
      + intros l Hl Hne. transitivity (inject_Z (z l) * delta j l)%Q.
        * rewrite <- (Hb j l Hj Hl). ring.
        * rewrite delta_other by auto. ring.
    - rewrite qsum_plus, qsum_scale, <- inject_zsum, Hs.
      rewrite <- (dot_sum d m (ell j) (fun l => inject_Z (z l)) v).
      unfold dot. rewrite qsum_zero; [change (inject_Z 0) with 0%Q; ring|].
      intros t Ht. rewrite Hz by exact Ht. ring. }
  apply inject_Z_injective. exact E.
Qed.
