(** * T7': collisions for any attention without positions

    Statement.  Fix the query.  Head [k] of [h] gives token [j] the weight [a_kj] and
    reads the value [v_kj] in [Q^dv], so the state is a function of the [h dv]
    numerators [sum_j c_j a_kj v_kj] and the [h] denominators [sum_j c_j a_kj].
    Let [z] in [Z^m] be in the kernel of the rows [a_kj v_kj], [a_kj], [1].
    - If [z_q <> 0] there are two count vectors with the same state and different
      counts of [q].
    - If [z <> 0] there are two with the same state and different largest counts.
    - For [m > h dv + h + 1] such a [z <> 0] exists, for every rational model.

    Source: ours.  The construction is that of T7 with room added: [k] more copies
    of a token [p] with [z_p > 0] make [p] the most frequent in both vectors. *)

From Coq Require Import Arith Lia ZArith QArith Lqa.
From Counterproof Require Import Sums Vectors NoPosition UniformCollision Kernel.

Local Open Scope Z_scope.

Section Attention.
  Variables (m h dv q : nat) (a : nat -> nat -> Q) (value : nat -> nat -> nat -> Q).
  Hypothesis q_token : (q < m)%nat.

  Definition numerator (c : nat -> Z) (k s : nat) : Q :=
    qsum m (fun j => inject_Z (c j) * (a k j * value k j s))%Q.
  Definition denominator (c : nat -> Z) (k : nat) : Q :=
    qsum m (fun j => inject_Z (c j) * a k j)%Q.

  (** Nothing that the model computes tells [c] from [c']. *)
  Definition same_sums (c c' : nat -> Z) : Prop :=
    (forall k s, (k < h)%nat -> (s < dv)%nat -> numerator c k s == numerator c' k s)%Q /\
    (forall k, (k < h)%nat -> denominator c k == denominator c' k)%Q.

  (** In the kernel of all [h dv + h + 1] rows. *)
  Definition attention_relation (z : nat -> Z) : Prop :=
    (forall k s, (k < h)%nat -> (s < dv)%nat -> numerator z k s == 0)%Q /\
    (forall k, (k < h)%nat -> denominator z k == 0)%Q /\ zsum m z = 0.

  Lemma sums_difference (c c' : nat -> Z) (b : nat -> Q) :
    (qsum m (fun j => inject_Z (difference c c' j) * b j)
     == qsum m (fun j => inject_Z (c j) * b j) - qsum m (fun j => inject_Z (c' j) * b j))%Q.
  Proof.
    rewrite <- qsum_minus. apply qsum_ext. intros j _.
    unfold difference, Z.sub. rewrite inject_Z_plus, inject_Z_opp. ring.
  Qed.

  Lemma relation_same_sums z c c' :
    attention_relation z -> (forall j, difference c c' j = z j) -> same_sums c c'.
  Proof.
    intros [Hn [Hd _]] E.
    assert (H : forall b, (qsum m (fun j => inject_Z (z j) * b j) == 0)%Q ->
      (qsum m (fun j => inject_Z (c j) * b j) == qsum m (fun j => inject_Z (c' j) * b j))%Q).
    { intros b Hb. rewrite (qsum_ext m _ (fun j => inject_Z (difference c c' j) * b j)%Q) in Hb
        by (intros; rewrite E; reflexivity).
      rewrite sums_difference in Hb. lra. }
    split.
    - intros k s Hk Hs. apply H. exact (Hn k s Hk Hs).
    - intros k Hk. apply H. exact (Hd k Hk).
  Qed.

  (** [z^+] with [k] copies of [p] and one of the query added. *)
  Definition padded (z : nat -> Z) (p : nat) (k : Z) : nat -> Z :=
    fun j => positive_part z p k j + (if Nat.eqb j q then 1 else 0).

  Lemma padded_input z p k :
    (p < m)%nat -> 0 <= k -> zsum m z = 0 ->
    exists n, input m n (padded z p k) q /\ input m n (padded (opposite z) p k) q.
  Proof.
    intros Hp Hk Hz.
    assert (Hs : zsum m (padded (opposite z) p k) = zsum m (padded z p k)).
    { unfold padded. rewrite !zsum_plus.
      pose proof (positive_part_sum m z p k Hp Hz).
      pose proof (positive_part_sum m (opposite z) p k Hp (opposite_sum m z Hz)) as H'.
      rewrite opposite_l1 in H'. lia. }
    assert (Hpos : forall y j, 0 <= positive_part y p k j)
      by (intros y j; unfold positive_part; destruct (Nat.eqb j p); lia).
    exists (zsum m (padded z p k)).
    split; split; try exact q_token; try reflexivity; try exact Hs;
      try (intros j _; unfold padded;
           match goal with |- context [positive_part ?y p k j] => pose proof (Hpos y j) end;
           destruct (Nat.eqb j q); lia);
      unfold padded; rewrite Nat.eqb_refl;
      match goal with |- context [positive_part ?y p k q] => pose proof (Hpos y q) end; lia.
  Qed.

  Lemma padded_difference z p k j :
    difference (padded z p k) (padded (opposite z) p k) j = z j.
  Proof. unfold difference, padded, positive_part, opposite. destruct (Nat.eqb j p); lia. Qed.

  (** T7' for QC. *)
  Theorem attention_collision_qc z :
    attention_relation z -> z q <> 0 ->
    exists n c c', input m n c q /\ input m n c' q /\ same_sums c c' /\ c q <> c' q.
  Proof.
    intros Hz Hq. destruct (padded_input z q 0 q_token ltac:(lia) (proj2 (proj2 Hz))) as [n [H H']].
    exists n, (padded z q 0), (padded (opposite z) q 0).
    repeat (split; [assumption|]). split.
    - apply (relation_same_sums z); [exact Hz | apply padded_difference].
    - pose proof (padded_difference z q 0 q). unfold difference in *. lia.
  Qed.

  Lemma opposite_relation z : attention_relation z -> attention_relation (opposite z).
  Proof.
    intros [Hn [Hd Hs]].
    assert (H : forall b, (qsum m (fun j => inject_Z (z j) * b j) == 0)%Q ->
                (qsum m (fun j => inject_Z (opposite z j) * b j) == 0)%Q).
    { intros b Hb. rewrite (qsum_ext m _ (fun j => - (inject_Z (z j) * b j))%Q)
        by (intros; unfold opposite; rewrite inject_Z_opp; ring).
      rewrite qsum_opp, Hb. reflexivity. }
    split; [|split].
    - intros k s Hk Hs'. apply H. exact (Hn k s Hk Hs').
    - intros k Hk. apply H. exact (Hd k Hk).
    - apply opposite_sum. exact Hs.
  Qed.

  (** T7' for MFE. *)
  Theorem attention_collision_mfe z :
    attention_relation z -> nonzero m z ->
    exists n c c', input m n c q /\ input m n c' q /\ same_sums c c' /\
      largest m c' < largest m c.
  Proof.
    intros Hz [p [Hp Hne]].
    assert (Hy : exists y, attention_relation y /\ 0 < y p).
    { destruct (Z_lt_le_dec 0 (z p)) as [H|H]; [exists z; auto|].
      exists (opposite z). split; [apply opposite_relation; exact Hz | unfold opposite; lia]. }
    destruct Hy as [y [Hy Hyp]].
    assert (H0 : 0 <= l1 m y) by (apply zsum_nonneg; intros; lia).
    assert (Habs : forall j, (j < m)%nat -> Z.abs (y j) <= l1 m y)
      by (intros j Hj; apply (zsum_term_le m (fun i => Z.abs (y i)) j Hj); intros; lia).
    set (k := l1 m y + 1).
    destruct (padded_input y p k Hp ltac:(lia) (proj2 (proj2 Hy))) as [n [H H']].
    exists n, (padded y p k), (padded (opposite y) p k).
    repeat (split; [assumption|]). split.
    - apply (relation_same_sums y); [exact Hy | apply padded_difference].
    - apply Z.lt_le_trans with (padded y p k p); [|apply largest_ub; exact Hp].
      assert (Hle : largest m (padded (opposite y) p k) <= padded y p k p - 1); [|lia].
      apply largest_lub; unfold padded, positive_part, opposite; rewrite Nat.eqb_refl.
      + destruct (Nat.eqb p q); lia.
      + intros j Hj. specialize (Habs j Hj).
        destruct (Nat.eqb_spec j p) as [->|_]; [destruct (Nat.eqb p q); lia|].
        destruct (Nat.eqb p q); destruct (Nat.eqb j q); lia.
  Qed.

  (** More tokens than sums: there is always a relation. *)
  Theorem attention_relation_exists :
    (h * dv + h + 1 < m)%nat -> exists z, attention_relation z /\ nonzero m z.
  Proof.
    intros Hm.
    set (row := fun t j =>
      if Nat.ltb t (h * dv) then (a (t / dv)%nat j * value (t / dv)%nat j (t mod dv)%nat)%Q
      else if Nat.ltb t (h * dv + h) then a (t - h * dv)%nat j else 1%Q).
    destruct (rational_kernel (h * dv + h + 1) m row Hm) as [z [Hz Hk]].
    exists z. split; [|exact Hz]. split; [|split].
    - intros k s Hk' Hs. specialize (Hk (k * dv + s)%nat ltac:(nia)). unfold row in Hk.
      rewrite (proj2 (Nat.ltb_lt _ _)) in Hk by nia.
      rewrite Nat.div_add_l, Nat.div_small, Nat.add_0_r in Hk by lia.
      rewrite Nat.add_comm, Nat.mod_add, Nat.mod_small in Hk by lia. exact Hk.
    - intros k Hk'. specialize (Hk (h * dv + k)%nat ltac:(lia)). unfold row in Hk.
      rewrite (proj2 (Nat.ltb_ge _ _)) in Hk by lia.
      rewrite (proj2 (Nat.ltb_lt _ _)) in Hk by lia.
      replace (h * dv + k - h * dv)%nat with k in Hk by lia. exact Hk.
    - specialize (Hk (h * dv + h)%nat ltac:(lia)). unfold row in Hk.
      rewrite (proj2 (Nat.ltb_ge _ _)) in Hk by lia.
      rewrite (proj2 (Nat.ltb_ge _ _)) in Hk by lia.
      apply inject_Z_injective. rewrite inject_zsum.
      transitivity (qsum m (fun j => inject_Z (z j) * 1))%Q; [|exact Hk].
      apply qsum_ext. intros j _. ring.
  Qed.

  (** T7': a model with [m > h dv + h + 1] is wrong on MFE at some length, for this
      very query and whatever is computed from the state. *)
  Theorem attention_mfe_fails (f : (nat -> nat -> Q) -> (nat -> Q) -> Q) :
    (h * dv + h + 1 < m)%nat ->
    (forall c c', same_sums c c' ->
       f (numerator c) (denominator c) == f (numerator c') (denominator c'))%Q ->
    exists n c, input m n c q /\
      ~ (-(1#2) < f (numerator c) (denominator c) - inject_Z (largest m c) < 1#2)%Q.
  Proof.
    intros Hm Hf. destruct (attention_relation_exists Hm) as [z [Hz Hne]].
    destruct (attention_collision_mfe z Hz Hne) as [n [c [c' [Hc [Hc' [Hs Hlt]]]]]].
    specialize (Hf c c' Hs).
    set (y := f (numerator c) (denominator c)) in *.
    set (y' := f (numerator c') (denominator c')) in *.
    assert (Hdec : (-(1#2) < y - inject_Z (largest m c) < 1#2)%Q \/
                  ~ (-(1#2) < y - inject_Z (largest m c) < 1#2)%Q).
    { destruct (Qlt_le_dec (-(1#2)) (y - inject_Z (largest m c)));
        destruct (Qlt_le_dec (y - inject_Z (largest m c)) (1#2)); intuition lra. }
    destruct Hdec as [Hok|Hbad]; [|exists n, c; split; assumption].
    exists n, c'. split; [exact Hc'|]. intros Hok'. fold y' in Hok'. rewrite <- Hf in Hok'.
    pose proof (within_half_unique y _ _ Hok Hok'). lia.
  Qed.
End Attention.
