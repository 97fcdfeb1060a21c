(** * Checker: collisions under uniform attention

    Input, all integers: the [d] rows of the embedding matrix, each of length [m] and
    each scaled by its own denominators (row [t] is [V_t], and [v_j(t) = s_t V_t(j)] for
    some rational [s_t]), then either
    - a relation: [z] with [V z = 0], [sum z = 0], [z <> 0], [||z||_1 <= 2 (n - 1)].
      Accepted by [check_relation]: at every length from [n] on, no function of query
      and state solves QC, and none solves MFE; or
    - a pair: a query [q] and count vectors [c], [c'] with [c_q, c'_q >= 1], equal sums
      [n], [V c = V c'].  Accepted by [check_pair_qc] when [c_q <> c'_q] and by
      [check_pair_mfe] when the largest entries differ: at length [n] no function of
      query and state solves that task.

    Source: ours, for the statement of [UniformCollision.v].  The state is
    [r = v_q + w (1/n) sum_j c_j v_j] with any [w <> 0]. *)

From Coq Require Import Arith Lia List ZArith QArith Lqa.
From Counterproof Require Import Sums Vectors NoPosition UniformCollision Rows.
Import ListNotations.

Local Open Scope Z_scope.

(** ** The statements *)

(** [v] is the embedding given by the integer rows, up to a factor per row. *)
Definition scaled_embedding (V : list (list Z)) (m : nat) (v : nat -> nat -> Q) : Prop :=
  exists s : nat -> Q, forall j t, (j < m)%nat -> (t < length V)%nat ->
    (v j t == s t * inject_Z (entry (nth t V []) j))%Q.

Definition qc_answer (c : nat -> Z) (q : nat) : Z := c q.
Definition mfe_answer (m : nat) (c : nat -> Z) (_ : nat) : Z := largest m c.

(** No function of query and state solves the task at length [n]. *)
Definition unsolvable (V : list (list Z)) (m : nat) (n : Z) (task : (nat -> Z) -> nat -> Z) : Prop :=
  forall v w f, scaled_embedding V m v -> ~ (w == 0)%Q -> reader (length V) f ->
    ~ solves m v w n f task.

(** At no length from [n] on can either task be solved. *)
Definition unsolvable_from (V : list (list Z)) (m : nat) (n : Z) : Prop :=
  forall n', n <= n' -> unsolvable V m n' qc_answer /\ unsolvable V m n' (mfe_answer m).

(** ** The checkers *)

Definition rows_vanish (V : list (list Z)) (z : list Z) : bool :=
  forallb (fun a => (length a =? length z)%nat && (row_product a z =? 0)) V.

Definition check_relation (V : list (list Z)) (m : nat) (n : Z) (z : list Z) : bool :=
  (length z =? m)%nat && rows_vanish V z && (row_sum z =? 0) && existsb (fun x => negb (x =? 0)) z
  && (row_abs z <=? 2 * (n - 1)).

Fixpoint subtract (c c' : list Z) : list Z :=
  match c, c' with
  | x :: c, y :: c' => (x - y) :: subtract c c'
  | _, _ => []
  end.

Definition count_vector_ok (c : list Z) (q : nat) : bool :=
  forallb (Z.leb 0) c && (1 <=? entry c q).

Definition check_pair (V : list (list Z)) (m : nat) (n : Z) (q : nat) (c c' : list Z) : bool :=
  (length c =? m)%nat && (length c' =? m)%nat && (q <? m)%nat && count_vector_ok c q
  && count_vector_ok c' q && (row_sum c =? n) && (row_sum c' =? n) && rows_vanish V (subtract c c').

Definition check_pair_qc V m n q c c' : bool :=
  check_pair V m n q c c' && negb (entry c q =? entry c' q).
Definition check_pair_mfe V m n q c c' : bool :=
  check_pair V m n q c c' && negb (row_max c =? row_max c').

(** ** Soundness *)

Lemma rows_vanish_relation V z m v :
  length z = m -> rows_vanish V z = true -> zsum m (entry z) = 0 -> scaled_embedding V m v ->
  relation (length V) m v (entry z).
Proof.
  intros Hm Hv Hs [s Hsc]. split; [|exact Hs]. intros t Ht.
  unfold rows_vanish in Hv. rewrite forallb_forall in Hv.
  specialize (Hv (nth t V []) (nth_In V [] Ht)). apply andb_prop in Hv.
  destruct Hv as [Hlen Hp]. apply Nat.eqb_eq in Hlen. apply Z.eqb_eq in Hp.
  rewrite (row_product_sum _ _ m) in Hp by congruence.
  rewrite (qsum_ext m _ (fun j => s t * inject_Z (entry (nth t V []) j * entry z j)))%Q.
  - rewrite qsum_scale, <- inject_zsum, Hp. change (inject_Z 0) with 0%Q. ring.
  - intros j Hj. rewrite Hsc by assumption. rewrite inject_Z_mult. ring.
Qed.

(** An accepted relation: neither task can be solved at length [n] or more. *)
Theorem check_relation_sound V m n z :
  check_relation V m n z = true -> unsolvable_from V m n.
Proof.
  unfold check_relation. intros H n' Hn.
  apply andb_prop in H. destruct H as [H Hl]. apply andb_prop in H. destruct H as [H Hnz].
  apply andb_prop in H. destruct H as [Hv Hs].
  apply andb_prop in Hv. destruct Hv as [Hm Hv]. apply Nat.eqb_eq in Hm. subst m.
  apply Z.leb_le in Hl. apply Z.eqb_eq in Hs.
  rewrite (row_abs_sum z _ eq_refl) in Hl. rewrite (row_sum_sum z _ eq_refl) in Hs.
  assert (Hne : nonzero (length z) (entry z)).
  { apply existsb_exists in Hnz. destruct Hnz as [x [Hx Hx0]].
    destruct (In_nth z x 0 Hx) as [j [Hj E]]. exists j. split; [exact Hj|].
    unfold entry. rewrite E. apply Bool.negb_true_iff, Z.eqb_neq in Hx0. exact Hx0. }
  split; intros v w f Hsc Hw Hf;
    pose proof (rows_vanish_relation V z _ v eq_refl Hv Hs Hsc) as Hr.
  - apply (uniform_collision_qc (length V) _ v w Hw n' (entry z) f Hr Hne); [|exact Hf].
    unfold l1. lia.
  - apply (uniform_collision_mfe (length V) _ v w Hw n' (entry z) f Hr Hne); [|exact Hf].
    unfold l1. lia.
Qed.

Lemma subtract_facts c c' :
  length c = length c' ->
  length (subtract c c') = length c /\ forall j, entry (subtract c c') j = difference (entry c) (entry c') j.
Proof.
  revert c'. induction c as [|x c IH]; intros [|y c'] H; simpl in H; try lia.
  - split; [reflexivity|]. intros [|j]; reflexivity.
  - destruct (IH c' ltac:(lia)) as [E1 E2]. split; [simpl; lia|].
    intros [|j]; [reflexivity|]. exact (E2 j).
Qed.

Lemma count_vector_input c q :
  (q < length c)%nat -> count_vector_ok c q = true -> input (length c) (row_sum c) (entry c) q.
Proof.
  unfold count_vector_ok. intros Hq H. apply andb_prop in H. destruct H as [Hc H1].
  rewrite forallb_forall in Hc. apply Z.leb_le in H1. split.
  - exact Hq.
  - intros j Hj. apply Z.leb_le, Hc, nth_In. exact Hj.
  - symmetry. apply row_sum_sum. reflexivity.
  - exact H1.
Qed.

(** What [check_pair] has looked at. *)
Lemma check_pair_facts V m n q c c' :
  check_pair V m n q c c' = true ->
  length c = m /\ length c' = m /\ (q < m)%nat /\ count_vector_ok c q = true /\
  count_vector_ok c' q = true /\ row_sum c = n /\ row_sum c' = n /\
  rows_vanish V (subtract c c') = true.
Proof.
  unfold check_pair. intros H. repeat (apply andb_prop in H; destruct H as [H ?]).
  repeat match goal with
    | X : (_ =? _)%nat = true |- _ => apply Nat.eqb_eq in X
    | X : (_ <? _)%nat = true |- _ => apply Nat.ltb_lt in X
    | X : (_ =? _) = true |- _ => apply Z.eqb_eq in X
    end.
  repeat split; assumption.
Qed.

(** An accepted pair: two inputs of one query that have the same state. *)
Theorem check_pair_sound V m n q c c' :
  check_pair V m n q c c' = true ->
  input m n (entry c) q /\ input m n (entry c') q /\
  forall v w, scaled_embedding V m v -> ~ (w == 0)%Q ->
    same_state (length V) (residual w m n v (entry c) q) (residual w m n v (entry c') q).
Proof.
  intros H. destruct (check_pair_facts _ _ _ _ _ _ H) as [Hl [Hl' [Hq [Hc [Hc' [Hs [Hs' Hv]]]]]]].
  pose proof (count_vector_input c q ltac:(lia) Hc) as Hin. rewrite Hl, Hs in Hin.
  pose proof (count_vector_input c' q ltac:(lia) Hc') as Hin'. rewrite Hl', Hs' in Hin'.
  split; [exact Hin|]. split; [exact Hin'|]. intros v w Hsc Hw.
  apply (same_state_iff (length V) m v w Hw _ _ _ _ Hin Hin').
  destruct (subtract_facts c c' ltac:(congruence)) as [E1 E2].
  assert (Hz : zsum m (entry (subtract c c')) = 0).
  { rewrite (zsum_ext _ _ (difference (entry c) (entry c'))) by (intros; apply E2).
    unfold difference. rewrite zsum_minus, (input_sum _ _ _ _ Hin), (input_sum _ _ _ _ Hin'). lia. }
  destruct (rows_vanish_relation V (subtract c c') m v ltac:(congruence) Hv Hz Hsc) as [R1 R2]. split.
  - intros t Ht. etransitivity; [|exact (R1 t Ht)].
    apply qsum_ext. intros j _. rewrite E2. reflexivity.
  - etransitivity; [|exact R2]. apply zsum_ext. intros j _. symmetry. apply E2.
Qed.

Theorem check_pair_qc_sound V m n q c c' :
  check_pair_qc V m n q c c' = true -> unsolvable V m n qc_answer.
Proof.
  unfold check_pair_qc. intros H v w f Hsc Hw Hf Hsol. apply andb_prop in H. destruct H as [H Hne].
  destruct (check_pair_sound V m n q c c' H) as [Hin [Hin' Hs]].
  apply Bool.negb_true_iff, Z.eqb_neq in Hne. apply Hne.
  apply (solves_same_state (length V) m v w n f qc_answer (entry c) (entry c') q Hf Hsol Hin Hin').
  apply Hs; assumption.
Qed.

Lemma largest_first m c :
  (forall j, 0 <= c j) -> largest (S m) c = Z.max (c 0%nat) (largest m (fun j => c (S j))).
Proof.
  intros Hc. induction m as [|m IH]; [simpl; specialize (Hc 0%nat); lia|].
  change (largest (S (S m)) c) with (Z.max (largest (S m) c) (c (S m))).
  rewrite IH. simpl. lia.
Qed.

Lemma row_max_largest l : forallb (Z.leb 0) l = true -> row_max l = largest (length l) (entry l).
Proof.
  induction l as [|x l IH]; intros H; [reflexivity|].
  simpl in H. apply andb_prop in H. destruct H as [Hx Hl]. apply Z.leb_le in Hx.
  assert (Hpos : forall j, 0 <= entry (x :: l) j).
  { intros [|j]; [exact Hx|]. unfold entry. simpl.
    destruct (Nat.lt_ge_cases j (length l)) as [Hj|Hj]; [|rewrite nth_overflow by exact Hj; lia].
    rewrite forallb_forall in Hl. apply Z.leb_le, Hl, nth_In. exact Hj. }
  cbn [length]. rewrite largest_first by exact Hpos. simpl. rewrite IH by exact Hl. reflexivity.
Qed.

Theorem check_pair_mfe_sound V m n q c c' :
  check_pair_mfe V m n q c c' = true -> unsolvable V m n (mfe_answer m).
Proof.
  unfold check_pair_mfe. intros H v w f Hsc Hw Hf Hsol. apply andb_prop in H. destruct H as [H Hne].
  destruct (check_pair_sound V m n q c c' H) as [Hin [Hin' Hs]].
  destruct (check_pair_facts _ _ _ _ _ _ H) as [Hl [Hl' [_ [Hc [Hc' _]]]]].
  apply andb_prop in Hc. destruct Hc as [Hc _]. apply andb_prop in Hc'. destruct Hc' as [Hc' _].
  apply Bool.negb_true_iff, Z.eqb_neq in Hne. apply Hne.
  rewrite !row_max_largest by assumption. rewrite Hl, Hl'.
  apply (solves_same_state (length V) m v w n f (mfe_answer m) (entry c) (entry c') q Hf Hsol Hin Hin').
  apply Hs; assumption.
Qed.
