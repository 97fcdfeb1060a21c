(** * T8: the bits that the most frequent element costs

    Statement.  Split [n = 2 k + 1] tokens into [k] for the first party, [k] for the
    second, and a fixed last token [q].  Any two different count vectors of the
    first half are told apart by some second half, so a model that solves MFE on
    these inputs sends at least [C(k + m - 1, m - 1)] different messages.  A model
    with [h] heads of value dimension [dv] and no positions sends its partial
    numerators and denominators, [h (dv + 1)] numbers; with [p] bits each
      [C(k + m - 1, m - 1) <= 2 ^ (h (dv + 1) p)],
    whatever is computed from the state afterwards.

    Source: the bound by communication is from Yehudai et al., arXiv:2407.15160v3;
    the exact form is ours.  The second half that tells [c] from [c'] is [k] copies
    of one token [j] with [c_j <> c'_j].  The last token takes care: [j = q] must be
    chosen when [c_q <> c'_q], because otherwise [c = k e_q] with [j <> q], [c_j = 0]
    has its maximum [k + 1] at [q] and not at [j]. *)

From Coq Require Import Arith Lia List ZArith QArith Lqa.
From Counterproof Require Import Sums Vectors NoPosition UniformCollision
  AttentionCollision CountVectors.
Import ListNotations.

Local Open Scope Z_scope.

(** First half [c], second half [k] copies of [j], last token [q]. *)
Definition with_second_half (k : Z) (q : nat) (c : nat -> Z) (j : nat) : nat -> Z :=
  fun l => c l + (if Nat.eqb l j then k else 0) + (if Nat.eqb l q then 1 else 0).

Lemma indicator_sum m j a :
  (j < m)%nat -> zsum m (fun l => if Nat.eqb l j then a else 0) = a.
Proof.
  intros Hj. rewrite (zsum_single m j _ Hj).
  - rewrite Nat.eqb_refl. reflexivity.
  - intros l _ Hl. apply Nat.eqb_neq in Hl. rewrite Hl. reflexivity.
Qed.

Lemma second_half_input m k q c j :
  (q < m)%nat -> (j < m)%nat -> 0 <= k -> (forall l, 0 <= c l) -> zsum m c = k ->
  input m (2 * k + 1) (with_second_half k q c j) q.
Proof.
  intros Hq Hj Hk Hc Hs. unfold with_second_half. split.
  - exact Hq.
  - intros l _. specialize (Hc l). destruct (Nat.eqb l j); destruct (Nat.eqb l q); lia.
  - rewrite !zsum_plus, !indicator_sum by assumption. lia.
  - specialize (Hc q). rewrite Nat.eqb_refl. destruct (Nat.eqb q j); lia.
Qed.

(** The maximum is at [j], unless the fixed last token beats it. *)
Lemma second_half_largest m k q c j :
  (q < m)%nat -> (j < m)%nat -> 0 <= k -> (forall l, 0 <= c l) -> zsum m c = k ->
  j = q \/ c q < k ->
  largest m (with_second_half k q c j) = with_second_half k q c j j.
Proof.
  intros Hq Hj Hk Hc Hs Hcase.
  assert (Hle : forall l, (l < m)%nat -> c l <= k)
    by (intros l Hl; rewrite <- Hs; apply (zsum_term_le m c l Hl); auto).
  apply (largest_eq m (with_second_half k q c j) j Hj).
  - unfold with_second_half. rewrite Nat.eqb_refl. pose proof (Hc j). destruct (Nat.eqb j q); lia.
  - intros l Hl. unfold with_second_half. rewrite Nat.eqb_refl.
    specialize (Hle l Hl). pose proof (Hc j) as Hcj.
    destruct (Nat.eqb_spec l j) as [->|Hlj]; [lia|].
    destruct (Nat.eqb_spec l q) as [->|Hlq]; destruct (Nat.eqb_spec j q) as [->|Hjq]; lia.
Qed.

(** Two different first halves are told apart by [k] copies of a suitable token. *)
Theorem first_halves_distinguished m k q c c' :
  (q < m)%nat -> 0 <= k ->
  (forall l, 0 <= c l) -> (forall l, 0 <= c' l) -> zsum m c = k -> zsum m c' = k ->
  (exists j, (j < m)%nat /\ c j <> c' j) ->
  exists j, (j < m)%nat /\
    largest m (with_second_half k q c j) <> largest m (with_second_half k q c' j).
Proof.
  intros Hq Hk Hc Hc' Hs Hs' [j [Hj Hne]].
  destruct (Z.eq_dec (c q) (c' q)) as [E|E].
  - (* the difference is elsewhere, and then [c_q < k]: a full [c_q] leaves nothing *)
    assert (Hlt : c q < k).
    { assert (Hjq : j <> q) by (intros ->; contradiction).
      assert (Hpair : forall b, (forall l, 0 <= b l) -> zsum m b = k -> b j + b q <= k).
      { intros b Hb Hsb. rewrite <- Hsb.
        rewrite <- (indicator_sum m j (b j) Hj), <- (indicator_sum m q (b q) Hq), <- zsum_plus.
        apply zsum_le. intros l _. specialize (Hb l).
        destruct (Nat.eqb_spec l j) as [E1|E1]; destruct (Nat.eqb_spec l q) as [E2|E2];
          [congruence | rewrite E1 in *; lia | rewrite E2 in *; lia | lia]. }
      pose proof (Hpair c Hc Hs). pose proof (Hpair c' Hc' Hs').
      pose proof (Hc j). pose proof (Hc' j). lia. }
    exists j. split; [exact Hj|].
    rewrite !second_half_largest by (try assumption; right; lia).
    unfold with_second_half. rewrite Nat.eqb_refl. lia.
  - exists q. split; [exact Hq|].
    rewrite !second_half_largest by (try assumption; left; reflexivity).
    unfold with_second_half. rewrite Nat.eqb_refl. lia.
Qed.

(** ** Messages *)

(** First halves are lists [l] of [m] counts with sum [k]. *)
Lemma first_half_facts m k l :
  In l (count_vectors m k) ->
  length l = m /\ zsum m (counts l) = Z.of_nat k /\ forall j, 0 <= counts l j.
Proof.
  intros H. apply count_vectors_in in H. destruct H as [Hlen Hsum].
  split; [exact Hlen|]. split; [|apply counts_nonneg].
  rewrite <- Hlen, counts_sum, Hsum. reflexivity.
Qed.

Section Protocol.
  Variables (m k q : nat) (Message : Type).
  Hypothesis q_token : (q < m)%nat.

  (** What the first party sends, and the answer from message and second half. *)
  Variables (message : list nat -> Message) (answer : Message -> nat -> Q).
  Hypothesis correct : forall l j, In l (count_vectors m k) -> (j < m)%nat ->
    (-(1#2) < answer (message l) j
              - inject_Z (largest m (with_second_half (Z.of_nat k) q (counts l) j)) < 1#2)%Q.

  Lemma messages_injective l l' :
    In l (count_vectors m k) -> In l' (count_vectors m k) -> message l = message l' -> l = l'.
  Proof.
    intros Hl Hl' E. destruct (list_eq_dec Nat.eq_dec l l') as [Heq|Hne]; [exact Heq | exfalso].
    destruct (first_half_facts m k l Hl) as [Hlen [Hs Hc]].
    destruct (first_half_facts m k l' Hl') as [Hlen' [Hs' Hc']].
    destruct (counts_differ l l' ltac:(congruence) Hne) as [i [Hi Hd]].
    destruct (first_halves_distinguished m (Z.of_nat k) q (counts l) (counts l')
                q_token ltac:(lia) Hc Hc' Hs Hs') as [j [Hj Hlarge]].
    - exists i. split; [lia | exact Hd].
    - apply Hlarge. apply (within_half_unique (answer (message l) j)).
      + apply correct; assumption.
      + rewrite E. apply correct; assumption.
  Qed.

  (** T8: at least as many messages as count vectors of the first half. *)
  Theorem mfe_messages (messages : list Message) :
    (forall l, In l (count_vectors m k) -> In (message l) messages) ->
    (binomial (k + m - 1) (m - 1) <= length messages)%nat.
  Proof.
    intros H. rewrite <- count_vectors_length by lia.
    rewrite <- (map_length message). apply NoDup_incl_length.
    - apply nodup_map_on; [exact messages_injective | apply count_vectors_nodup].
    - intros y Hy. apply in_map_iff in Hy. destruct Hy as [l [<- Hl]]. auto.
  Qed.
End Protocol.

(** T8 for messages of [b] bits. *)
Theorem mfe_message_bits m k q b (message : list nat -> list bool) answer :
  (q < m)%nat ->
  (forall l, length (message l) = b) ->
  (forall l j, In l (count_vectors m k) -> (j < m)%nat ->
    (-(1#2) < answer (message l) j
              - inject_Z (largest m (with_second_half (Z.of_nat k) q (counts l) j)) < 1#2)%Q) ->
  (binomial (k + m - 1) (m - 1) <= 2 ^ b)%nat.
Proof.
  intros Hq Hb H.
  change 2%nat with (length [true; false]). rewrite <- tuples_length.
  apply (mfe_messages m k q (list bool) Hq message answer H).
  intros l _. apply tuples_in; [apply Hb|]. intros [|] _; simpl; auto.
Qed.

(** ** Transformers without positions *)

Lemma flat_map_blocks {A B} (f : A -> list B) p (xs ys : list A) :
  (forall x, length (f x) = p) -> length xs = length ys ->
  flat_map f xs = flat_map f ys -> map f xs = map f ys.
Proof.
  intros Hp. revert ys. induction xs as [|x xs IH]; intros [|y ys] Hlen E; simpl in Hlen;
    try lia; [reflexivity|]. simpl in E |- *.
  assert (Hx : f x = f y).
  { apply (f_equal (firstn p)) in E. rewrite !firstn_app, !Hp, Nat.sub_diag in E.
    rewrite !firstn_O, !app_nil_r, !firstn_all2 in E by (rewrite Hp; lia). exact E. }
  rewrite Hx in E |- *. apply app_inv_head in E. f_equal. apply IH; [lia | exact E].
Qed.

Section Model.
  Variables (m k h dv p q : nat) (a : nat -> nat -> Q) (value : nat -> nat -> nat -> Q).
  Hypothesis q_token : (q < m)%nat.

  (** The [h (dv + 1)] partial sums: per head [dv] numerators, then the denominator. *)
  Definition partial_sum (c : nat -> Z) (i : nat) : Q :=
    if Nat.ltb (i mod S dv) dv then numerator m a value c (i / S dv) (i mod S dv)
    else denominator m a c (i / S dv).

  (** [p] bits per number; equal bits mean equal numbers. *)
  Variable bits : Q -> list bool.
  Hypothesis bits_length : forall x, length (bits x) = p.
  Hypothesis bits_faithful : forall l l' i, In l (count_vectors m k) -> In l' (count_vectors m k) ->
    bits (partial_sum (counts l) i) = bits (partial_sum (counts l') i) ->
    (partial_sum (counts l) i == partial_sum (counts l') i)%Q.

  Definition sums_message (l : list nat) : list bool :=
    flat_map bits (map (partial_sum (counts l)) (seq 0 (h * S dv))).

  (** The model's answer, any function of all the sums. *)
  Variable f : (nat -> nat -> Q) -> (nat -> Q) -> Q.
  Hypothesis f_sums : forall c c', same_sums m h dv a value c c' ->
    (f (numerator m a value c) (denominator m a c)
     == f (numerator m a value c') (denominator m a c'))%Q.
  Hypothesis f_correct : forall c, input m (2 * Z.of_nat k + 1) c q ->
    (-(1#2) < f (numerator m a value c) (denominator m a c) - inject_Z (largest m c) < 1#2)%Q.

  (** The second half adds to the sums, so equal messages stay indistinguishable. *)
  Lemma sum_with_second_half c j (b : nat -> Q) :
    (qsum m (fun l => inject_Z (with_second_half (Z.of_nat k) q c j l) * b l)
     == qsum m (fun l => inject_Z (c l) * b l)
        + qsum m (fun l => inject_Z (with_second_half (Z.of_nat k) q (fun _ => 0%Z) j l) * b l))%Q.
  Proof.
    rewrite <- qsum_plus. apply qsum_ext. intros l _. unfold with_second_half.
    rewrite !inject_Z_plus. change (inject_Z 0) with 0%Q. ring.
  Qed.

  Lemma equal_messages_same_sums l l' j :
    In l (count_vectors m k) -> In l' (count_vectors m k) ->
    sums_message l = sums_message l' ->
    same_sums m h dv a value (with_second_half (Z.of_nat k) q (counts l) j)
                             (with_second_half (Z.of_nat k) q (counts l') j).
  Proof.
    intros Hl Hl' E. unfold sums_message in E.
    apply (flat_map_blocks bits p) in E; [|exact bits_length|rewrite !map_length; reflexivity].
    rewrite !map_map in E.
    assert (H : forall i, (i < h * S dv)%nat ->
                (partial_sum (counts l) i == partial_sum (counts l') i)%Q).
    { intros i Hi. apply bits_faithful; [exact Hl | exact Hl'|].
      apply (f_equal (fun b => nth i b [])) in E.
      rewrite !(nth_indep _ [] (bits (partial_sum (counts l) 0))) in E
        by (rewrite map_length, seq_length; exact Hi).
      rewrite (map_nth (fun i => bits (partial_sum (counts l) i))) in E.
      rewrite seq_nth in E by exact Hi. simpl in E. rewrite E. clear E.
      rewrite (nth_indep _ _ (bits (partial_sum (counts l') 0)))
        by (rewrite map_length, seq_length; exact Hi).
      rewrite (map_nth (fun i => bits (partial_sum (counts l') i))), seq_nth by exact Hi.
      reflexivity. }
    split.
    - intros i s Hi Hs. unfold numerator. rewrite (sum_with_second_half (counts l) j), (sum_with_second_half (counts l') j).
      apply Qplus_comp; [|reflexivity].
      specialize (H (i * S dv + s)%nat ltac:(nia)). unfold partial_sum in H.
      rewrite Nat.div_add_l, Nat.div_small, Nat.add_0_r in H by lia.
      rewrite (Nat.add_comm (i * S dv)), Nat.mod_add, Nat.mod_small in H by lia.
      rewrite (proj2 (Nat.ltb_lt s dv) Hs) in H. exact H.
    - intros i Hi. unfold denominator. rewrite (sum_with_second_half (counts l) j), (sum_with_second_half (counts l') j).
      apply Qplus_comp; [|reflexivity].
      specialize (H (i * S dv + dv)%nat ltac:(nia)). unfold partial_sum in H.
      rewrite Nat.div_add_l, Nat.div_small, Nat.add_0_r in H by lia.
      rewrite (Nat.add_comm (i * S dv)), Nat.mod_add, Nat.mod_small in H by lia.
      rewrite Nat.ltb_irrefl in H. exact H.
  Qed.

  (** T8: [C(k + m - 1, m - 1) <= 2 ^ (h (dv + 1) p)]. *)
  Theorem mfe_bits : (binomial (k + m - 1) (m - 1) <= 2 ^ (h * S dv * p))%nat.
  Proof.
    change 2%nat with (length [true; false]). rewrite <- tuples_length.
    assert (Hlen : forall l, length (sums_message l) = (h * S dv * p)%nat).
    { intros l. unfold sums_message. rewrite <- (seq_length (h * S dv) 0) at 2.
      generalize (seq 0 (h * S dv)). intros is. induction is as [|i is IH]; [reflexivity|].
      simpl. rewrite app_length, bits_length, IH. reflexivity. }
    rewrite <- count_vectors_length, <- (map_length sums_message) by lia.
    apply NoDup_incl_length.
    - apply nodup_map_on; [|apply count_vectors_nodup].
      intros l l' Hl Hl' E.
      destruct (list_eq_dec Nat.eq_dec l l') as [Heq|Hne]; [exact Heq | exfalso].
      destruct (first_half_facts m k l Hl) as [Hm [Hs Hc]].
      destruct (first_half_facts m k l' Hl') as [Hm' [Hs' Hc']].
      destruct (counts_differ l l' ltac:(congruence) Hne) as [i [Hi Hd]].
      destruct (first_halves_distinguished m (Z.of_nat k) q (counts l) (counts l')
                  q_token ltac:(lia) Hc Hc' Hs Hs') as [j [Hj Hlarge]].
      + exists i. split; [lia | exact Hd].
      + apply Hlarge.
        pose proof (equal_messages_same_sums l l' j Hl Hl' E) as Hsame.
        pose proof (f_correct _ (second_half_input m _ q _ j q_token Hj (Zle_0_nat k) Hc Hs)) as H.
        pose proof (f_correct _ (second_half_input m _ q _ j q_token Hj (Zle_0_nat k) Hc' Hs')) as H'.
        rewrite (f_sums _ _ Hsame) in H.
        exact (within_half_unique _ _ _ H H').
    - intros y Hy. apply in_map_iff in Hy. destruct Hy as [l [<- _]].
      apply tuples_in; [apply Hlen|]. intros [|] _; simpl; auto.
  Qed.
End Model.
