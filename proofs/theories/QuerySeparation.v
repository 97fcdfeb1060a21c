(** * T7, the other half: different queries

    [UniformCollision.v] compares two count vectors with a common query.  A model
    answers QC or MFE iff its state determines the answer over *all* inputs, so
    two inputs with different queries matter as well.

    - With [W_O = w I] and [w] small against the distances between embeddings,
      two different queries never share a state; below [n*] the state then
      determines query and count vector, hence every answer.
    - With [W_O = I] they may: for [V = [0 1 3 7]], where [n* = 4], the inputs
      [c = (2,0,0,1), q = 0] and [c = (1,1,1,0), q = 1] of length 3 have the same
      state and different answers to both tasks.  So no MLP solves either task at
      [n = 3 < n*] with that embedding and that [W_O].

    Source: ours. *)

From Coq Require Import Arith Lia ZArith QArith Qabs Lqa.
From Counterproof Require Import Sums Vectors UniformCollision.

Local Open Scope Q_scope.

Section Separation.
  Variables (d m : nat) (v : nat -> nat -> Q) (bound gap : Q).

  (** Entries are at most [bound] in size, and different tokens differ by at least
      [gap] in some coordinate. *)
  Hypothesis bounded : forall j t, (j < m)%nat -> (t < d)%nat -> - bound <= v j t <= bound.
  Hypothesis separated : forall p q, (p < m)%nat -> (q < m)%nat -> p <> q ->
    exists t, (t < d)%nat /\ gap <= Qabs (v p t - v q t).

  (** The mean of the embeddings is bounded like them. *)
  Lemma mean_bounded n c q t :
    input m n c q -> (t < d)%nat ->
    - bound <= qsum m (fun l => frequency n c l * v l t) <= bound.
  Proof.
    intros Hin Ht.
    assert (E : forall b, qsum m (fun l => b * frequency n c l) == b).
    { intros b. rewrite qsum_scale, (frequency_sum m n c q Hin). ring. }
    split.
    - rewrite <- (E (- bound)). apply qsum_le. intros l Hl.
      pose proof (frequency_nonneg m n c q l Hin Hl) as Hf.
      destruct (bounded l t Hl Ht) as [A _].
      rewrite (Qmult_comm (frequency n c l)). apply Qmult_le_compat_r; assumption.
    - rewrite <- (E bound). apply qsum_le. intros l Hl.
      pose proof (frequency_nonneg m n c q l Hin Hl) as Hf.
      destruct (bounded l t Hl Ht) as [_ B].
      rewrite (Qmult_comm (frequency n c l)). apply Qmult_le_compat_r; assumption.
  Qed.

  (** A small output weight keeps the queries apart. *)
  Theorem small_output_separates w n c q c' q' :
    0 < w -> 2 * w * bound < gap ->
    input m n c q -> input m n c' q' ->
    same_state d (residual w m n v c q) (residual w m n v c' q') -> q = q'.
  Proof.
    intros Hw Hgap Hc Hc' Hs.
    destruct (Nat.eq_dec q q') as [E|Hne]; [exact E | exfalso].
    destruct (separated q q' (input_query _ _ _ _ Hc) (input_query _ _ _ _ Hc') Hne)
      as [t [Ht Hd]].
    specialize (Hs t Ht). unfold residual in Hs.
    destruct (mean_bounded n c q t Hc Ht) as [A1 B1].
    destruct (mean_bounded n c' q' t Hc' Ht) as [A2 B2].
    set (u := qsum m (fun l => frequency n c l * v l t)) in *.
    set (u' := qsum m (fun l => frequency n c' l * v l t)) in *.
    apply (Qmult_le_l _ _ w Hw) in A1, B1, A2, B2.
    revert Hd. apply Qabs_case; intros _ Hd; lra.
  Qed.

  (** Below [n*] the state determines the query and the whole count vector. *)
  Theorem below_threshold w n c q c' q' :
    0 < w -> 2 * w * bound < gap ->
    (forall z, relation d m v z -> nonzero m z -> (2 * (n - 1) < l1 m z)%Z) ->
    input m n c q -> input m n c' q' ->
    same_state d (residual w m n v c q) (residual w m n v c' q') ->
    q = q' /\ forall j, (j < m)%nat -> c j = c' j.
  Proof.
    intros Hw Hgap Hmin Hc Hc' Hs.
    pose proof (small_output_separates w n c q c' q' Hw Hgap Hc Hc' Hs) as E.
    split; [exact E|]. subst q'. intros j Hj.
    destruct (Z.eq_dec (c j) (c' j)) as [E|Hne]; [exact E | exfalso].
    assert (Hnz : nonzero m (difference c c')) by (exists j; unfold difference; split; [exact Hj | lia]).
    destruct (collision_relation d m v w ltac:(lra) n c c' q Hc Hc' Hs Hnz) as [Hr Hl].
    specialize (Hmin _ Hr Hnz). lia.
  Qed.
End Separation.

(** ** Two queries that share a state before [n*] *)

Definition example_embedding (j _ : nat) : Q :=
  match j with O => 0 | 1%nat => 1 | 2%nat => 3 | _ => 7 end.
Definition example_c (j : nat) : Z := match j with O => 2 | 3%nat => 1 | _ => 0 end%Z.
Definition example_c' (j : nat) : Z := match j with 3%nat => 0 | _ => 1 end%Z.

(** For [[0 1 3 7]] every nonzero relation has norm at least 6: [n* = 4]. *)
Theorem example_threshold z :
  relation 1 4 example_embedding z -> nonzero 4 z -> (6 <= l1 4 z)%Z.
Proof.
  intros [Hz Hs] [j [Hj Hne]]. specialize (Hz O ltac:(lia)).
  assert (Hz' : (z 1%nat + 3 * z 2%nat + 7 * z 3%nat = 0)%Z).
  { apply inject_Z_injective. rewrite !inject_Z_plus, !inject_Z_mult.
    cbn [sum example_embedding] in Hz. change (inject_Z 3) with 3. change (inject_Z 7) with 7.
    change (inject_Z 0) with 0. lra. }
  unfold l1. cbn [sum] in Hs |- *.
  assert (Hj' : z 0%nat <> 0%Z \/ z 1%nat <> 0%Z \/ z 2%nat <> 0%Z \/ z 3%nat <> 0%Z)
    by (destruct j as [|[|[|[|j]]]]; auto; lia).
  lia.
Qed.

(** At [n = 3] two inputs with different queries share the state with [W_O = I]. *)
Theorem cross_query_collision :
  input 4 3 example_c 0 /\ input 4 3 example_c' 1 /\
  same_state 1 (residual 1 4 3 example_embedding example_c 0)
               (residual 1 4 3 example_embedding example_c' 1) /\
  example_c 0 <> example_c' 1 /\ largest 4 example_c <> largest 4 example_c'.
Proof.
  assert (Hc : forall j, (0 <= example_c j)%Z)
    by (intros [|[|[|[|j]]]]; unfold example_c; lia).
  assert (Hc' : forall j, (0 <= example_c' j)%Z)
    by (intros [|[|[|[|j]]]]; unfold example_c'; lia).
  repeat split; auto; try lia; vm_compute; discriminate.
Qed.
