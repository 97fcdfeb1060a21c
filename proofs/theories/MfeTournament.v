(** * T2: the most frequent element by a tournament

    Statement.  [max(a, b) = b + ReLU(a - b)], so [ceil(log2 k)] rounds of one ReLU
    per pair take the maximum of [k] numbers.  With orthonormal embeddings, one
    head, uniform attention, [W_V = I] and [W_O = -I] the state is
    [r = v_q - sum_j f_j v_j], [f_j = c_j / n]; the units [a_j = ReLU(-<v_j, r>)]
    equal [f_j] for [j <> q] and [0] at [q], so
      [max_j f_j = max(1 - sum_j a_j, max_j a_j)]
    and a tournament of [m + 1] numbers gives MFE exactly, for every count vector.

    Source: the tournament is from Yehudai et al., arXiv:2407.15160v3; the form
    with [W_O = -I] is ours.  Its reason: with [W_O = I] the query's own
    embedding raises its number by one, and the network cannot know at which
    token; with the minus sign the ReLU removes exactly that number, and the
    frequencies' sum of one brings it back. *)

From Coq Require Import Arith Lia List ZArith QArith Qminmax Lqa.
From Counterproof Require Import Sums Vectors QcAffine QcHistogram.
Import ListNotations.

Local Open Scope Q_scope.

(** ** The tournament *)

(** One layer: neighbours meet, the winner goes on; an odd last one goes on alone. *)
Fixpoint round (l : list Q) : list Q :=
  match l with
  | a :: b :: rest => (b + relu (a - b)) :: round rest
  | _ => l
  end.

Fixpoint rounds (k : nat) (l : list Q) : list Q :=
  match k with
  | O => l
  | S k' => rounds k' (round l)
  end.

(** Depth [ceil(log2 k)] for [k] numbers. *)
Definition tournament (l : list Q) : Q := hd 0 (rounds (Nat.log2_up (length l)) l).

Definition is_max (l : list Q) (x : Q) : Prop :=
  (exists y, In y l /\ y == x) /\ forall y, In y l -> y <= x.

(** Lists are taken two elements at a time. *)
Lemma pair_induction (P : list Q -> Prop) :
  P [] -> (forall a, P [a]) -> (forall a b l, P l -> P (a :: b :: l)) -> forall l, P l.
Proof.
  intros H0 H1 H2 l.
  assert (H : P l /\ forall a, P (a :: l)); [|apply H].
  induction l as [|b l [IH IH']]; split; auto.
Qed.

Lemma round_length l : length (round l) = Nat.div2 (S (length l)).
Proof.
  induction l as [| |a b l IH] using pair_induction; try reflexivity.
  simpl round. simpl length. rewrite IH. reflexivity.
Qed.

Lemma round_upper l x : (forall y, In y l -> y <= x) -> forall y, In y (round l) -> y <= x.
Proof.
  induction l as [| |a b l IH] using pair_induction; intros H y Hy; auto.
  destruct Hy as [<-|Hy].
  - rewrite relu_max. apply Q.max_lub; apply H; simpl; auto.
  - apply IH; [|exact Hy]. intros z Hz. apply H. simpl. auto.
Qed.

Lemma round_attained l x :
  (forall y, In y l -> y <= x) ->
  (exists y, In y l /\ y == x) -> exists y, In y (round l) /\ y == x.
Proof.
  induction l as [| |a b l IH] using pair_induction; intros Hu [y [Hy E]].
  - destruct Hy.
  - exists y. auto.
  - assert (Ha : a <= x) by (apply Hu; simpl; auto).
    assert (Hb : b <= x) by (apply Hu; simpl; auto).
    destruct Hy as [<-|[<-|Hy]].
    + exists (b + relu (a - b)). split; [left; reflexivity|].
      rewrite relu_max, Q.max_l by (rewrite E; exact Hb). exact E.
    + exists (b + relu (a - b)). split; [left; reflexivity|].
      rewrite relu_max, Q.max_r by (rewrite E; exact Ha). exact E.
    + destruct IH as [z [Hz Ez]].
      * intros z Hz. apply Hu. simpl. auto.
      * exists y. auto.
      * exists z. split; [right; exact Hz | exact Ez].
Qed.

Lemma rounds_max k l x : is_max l x -> is_max (rounds k l) x.
Proof.
  revert l. induction k as [|k IH]; intros l H; [exact H|].
  simpl. apply IH. destruct H as [He Hu]. split.
  - apply round_attained; assumption.
  - apply round_upper. exact Hu.
Qed.

Lemma rounds_length k l : (length l <= 2 ^ k)%nat -> (length (rounds k l) <= 1)%nat.
Proof.
  revert l. induction k as [|k IH]; intros l H; [exact H|].
  simpl. apply IH. rewrite round_length. simpl in H.
  pose proof (Nat.div2_odd (S (length l))) as E.
  destruct (Nat.odd (S (length l))); simpl in E |- *; lia.
Qed.

(** The tournament is the maximum. *)
Theorem tournament_max l x : is_max l x -> tournament l == x.
Proof.
  intros H. unfold tournament.
  set (k := Nat.log2_up (length l)).
  assert (Hlen : (length l <= 2 ^ k)%nat).
  { destruct H as [[y [Hy _]] _]. destruct l as [|a [|b l]]; [destruct Hy|simpl; lia|].
    apply Nat.log2_up_spec. simpl. lia. }
  pose proof (rounds_length k l Hlen) as H1.
  destruct (rounds_max k l x H) as [[y [Hy E]] _].
  destruct (rounds k l) as [|z [|z' r]]; simpl in *; try lia.
  destruct Hy as [->|[]]. exact E.
Qed.

(** ** The whole construction *)

(** The hidden unit of token [j]. *)
Definition minus_unit (d : nat) (v : nat -> nat -> Q) (r : nat -> Q) (j : nat) : Q :=
  relu (- dot d (v j) r).

(** The numbers that enter the tournament. *)
Definition candidates (d m : nat) (v : nat -> nat -> Q) (r : nat -> Q) : list Q :=
  (1 - qsum m (minus_unit d v r)) :: map (minus_unit d v r) (seq 0 m).

Lemma minus_unit_value d m n v c q j :
  orthonormal d m v -> input m n c q -> (j < m)%nat ->
  minus_unit d v (residual (-1) m n v c q) j == if Nat.eqb j q then 0 else frequency n c j.
Proof.
  intros Ho Hin Hj. unfold minus_unit.
  rewrite (barycentric_residual (-1) d m n v v (fun _ => 0) c q j
             (orthonormal_barycentric _ _ _ Ho) Hin Hj).
  destruct (Nat.eqb_spec j q) as [->|Hne].
  - rewrite delta_same. pose proof (frequency_le_1 m n c q q Hin Hj). apply relu_neg. lra.
  - rewrite delta_other by exact Hne.
    pose proof (frequency_nonneg m n c q j Hin Hj). rewrite relu_pos by lra. ring.
Qed.

Lemma minus_unit_sum d m n v c q :
  orthonormal d m v -> input m n c q ->
  1 - qsum m (minus_unit d v (residual (-1) m n v c q)) == frequency n c q.
Proof.
  intros Ho Hin.
  rewrite (qsum_ext m _ (fun j => frequency n c j - frequency n c q * delta j q)).
  - rewrite qsum_minus, qsum_scale, (frequency_sum m n c q Hin).
    rewrite (qsum_single m q (fun j => delta j q) (input_query _ _ _ _ Hin))
      by (intros j _ Hj; rewrite delta_other by exact Hj; reflexivity).
    rewrite delta_same. ring.
  - intros j Hj. rewrite minus_unit_value by assumption.
    destruct (Nat.eqb_spec j q) as [->|Hne].
    + rewrite delta_same. ring.
    + rewrite delta_other by exact Hne. ring.
Qed.

Lemma frequency_le n c j l : (1 <= n)%Z -> (c j <= c l)%Z -> frequency n c j <= frequency n c l.
Proof.
  intros Hn H. unfold frequency, Qdiv. apply Qmult_le_compat_r.
  - rewrite <- Zle_Qle. exact H.
  - apply Qinv_le_0_compat. apply Qlt_le_weak, inject_pos. exact Hn.
Qed.

(** T2: exact for every [m], [n], [d], every count vector and every query in it. *)
Theorem mfe_tournament d m n v c q :
  orthonormal d m v -> input m n c q ->
  inject_Z n * tournament (candidates d m v (residual (-1) m n v c q))
  == inject_Z (largest m c).
Proof.
  intros Ho Hin. pose proof (input_n_pos m n c q Hin) as Hn.
  destruct (largest_attained m c (query_some m n c q Hin) (input_nonneg _ _ _ _ Hin)) as [j [Hj Ej]].
  rewrite (tournament_max _ (frequency n c j)).
  - rewrite Ej. apply (frequency_count m n c q). exact Hin.
  - assert (Hmax : forall l, (l < m)%nat -> frequency n c l <= frequency n c j).
    { intros l Hl. apply frequency_le; [exact Hn|]. rewrite <- Ej. apply largest_ub. exact Hl. }
    split.
    + destruct (Nat.eq_dec j q) as [->|Hne].
      * eexists. split; [left; reflexivity|]. apply minus_unit_sum; assumption.
      * exists (minus_unit d v (residual (-1) m n v c q) j). split.
        -- right. apply in_map, in_seq. lia.
        -- rewrite minus_unit_value by assumption.
           apply Nat.eqb_neq in Hne. rewrite Hne. reflexivity.
    + intros y [<-|Hy].
      * rewrite minus_unit_sum by assumption. apply Hmax, (input_query _ _ _ _ Hin).
      * apply in_map_iff in Hy. destruct Hy as [l [<- Hl]]. apply in_seq in Hl.
        rewrite minus_unit_value by (try assumption; lia).
        destruct (Nat.eqb_spec l q) as [->|_]; [|apply Hmax; lia].
        apply (frequency_nonneg m n c q); assumption.
Qed.
