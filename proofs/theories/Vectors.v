(** * Vectors, ReLU, and the state of a uniform-attention layer

    The notation of the project's theory: [m] tokens, context length [n],
    embedding dimension [d], count vector [c] with [sum c = n] and [c_q >= 1].
    A vector of [Q^d] is a function [nat -> Q] of which the first [d] values
    matter; an embedding is [v : nat -> nat -> Q], token first.

    Without positions the state at the last token depends on the query and the
    count vector only ([sequence_residual] below), so the theories speak about
    count vectors and return to sequences through that lemma.  Ours. *)

From Coq Require Import Setoid Morphisms Arith Lia ZArith QArith Qminmax Lqa.
From Counterproof Require Import Sums.

Local Open Scope Q_scope.

Definition dot (d : nat) (u w : nat -> Q) : Q := qsum d (fun t => u t * w t).

(** The rectified linear unit. *)
Definition relu (x : Q) : Q := Qmax 0 x.

(** The Kronecker delta. *)
Definition delta (i j : nat) : Q := if Nat.eqb i j then 1 else 0.

Lemma delta_same i : delta i i = 1.
Proof. unfold delta. rewrite Nat.eqb_refl. reflexivity. Qed.

Lemma delta_other i j : i <> j -> delta i j = 0.
Proof. unfold delta. intros H. apply Nat.eqb_neq in H. rewrite H. reflexivity. Qed.

Global Instance relu_proper : Proper (Qeq ==> Qeq) relu.
Proof. intros x y H. unfold relu. rewrite H. reflexivity. Qed.

Lemma relu_pos x : 0 <= x -> relu x == x.
Proof. apply Q.max_r. Qed.

Lemma relu_neg x : x <= 0 -> relu x == 0.
Proof. apply Q.max_l. Qed.

(** The step of every tournament: a maximum costs one unit. *)
Lemma relu_max a b : b + relu (a - b) == Qmax a b.
Proof.
  destruct (Qlt_le_dec a b) as [H|H].
  - rewrite relu_neg by lra. rewrite Q.max_r by lra. ring.
  - rewrite relu_pos by lra. rewrite Q.max_l by lra. ring.
Qed.

(** ** Inner products *)

Lemma dot_ext d u u' w w' :
  (forall t, (t < d)%nat -> u t == u' t) ->
  (forall t, (t < d)%nat -> w t == w' t) -> dot d u w == dot d u' w'.
Proof. intros Hu Hw. apply qsum_ext. intros t Ht. rewrite Hu, Hw by exact Ht. reflexivity. Qed.

Lemma dot_plus d u w1 w2 :
  dot d u (fun t => w1 t + w2 t) == dot d u w1 + dot d u w2.
Proof. unfold dot. rewrite <- qsum_plus. apply qsum_ext. intros t _. ring. Qed.

Lemma dot_scale d u a w : dot d u (fun t => a * w t) == a * dot d u w.
Proof. unfold dot. rewrite <- qsum_scale. apply qsum_ext. intros t _. ring. Qed.

Lemma dot_sum d m u (a : nat -> Q) (w : nat -> nat -> Q) :
  dot d u (fun t => qsum m (fun l => a l * w l t))
  == qsum m (fun l => a l * dot d u (w l)).
Proof.
  unfold dot.
  rewrite (qsum_ext d _ (fun t => qsum m (fun l => u t * (a l * w l t)))).
  - rewrite qsum_swap. apply qsum_ext. intros l _. rewrite <- qsum_scale.
    apply qsum_ext. intros t _. ring.
  - intros t _. rewrite qsum_scale. reflexivity.
Qed.

(** ** Count vectors *)

(** Inputs of a task at [(n, m)]: the count vector of a sequence that ends in [q]. *)
Record input (m : nat) (n : Z) (c : nat -> Z) (q : nat) : Prop := {
  input_query : (q < m)%nat;
  input_nonneg : forall j, (j < m)%nat -> (0 <= c j)%Z;
  input_sum : zsum m c = n;
  input_present : (1 <= c q)%Z
}.

(** [f_j = c_j / n], the weight that uniform attention gives to token [j]. *)
Definition frequency (n : Z) (c : nat -> Z) (j : nat) : Q := inject_Z (c j) / inject_Z n.

Lemma input_n_pos m n c q : input m n c q -> (1 <= n)%Z.
Proof.
  intros [Hq Hc Hs H1]. rewrite <- Hs.
  apply Z.le_trans with (c q); [exact H1 | apply zsum_term_le; assumption].
Qed.

Lemma inject_pos n : (1 <= n)%Z -> 0 < inject_Z n.
Proof. intros H. change 0 with (inject_Z 0). rewrite <- Zlt_Qlt. lia. Qed.

Lemma frequency_nonneg m n c q j :
  input m n c q -> (j < m)%nat -> 0 <= frequency n c j.
Proof.
  intros H Hj. pose proof (inject_pos _ (input_n_pos _ _ _ _ H)) as Hn.
  apply Qle_shift_div_l; [exact Hn|]. rewrite Qmult_0_l.
  change 0 with (inject_Z 0). rewrite <- Zle_Qle. apply (input_nonneg _ _ _ _ H). exact Hj.
Qed.

Lemma frequency_query_pos m n c q : input m n c q -> 0 < frequency n c q.
Proof.
  intros H. pose proof (inject_pos _ (input_n_pos _ _ _ _ H)) as Hn.
  apply Qlt_shift_div_l; [exact Hn|]. rewrite Qmult_0_l.
  apply inject_pos. apply (input_present _ _ _ _ H).
Qed.

(** The frequencies add up to one: this is what [T1'] saves a dimension with. *)
Lemma frequency_sum m n c q : input m n c q -> qsum m (frequency n c) == 1.
Proof.
  intros H. pose proof (inject_pos _ (input_n_pos _ _ _ _ H)) as Hn.
  rewrite (qsum_ext m _ (fun j => / inject_Z n * inject_Z (c j)))
    by (intros; unfold frequency; field; lra).
  rewrite qsum_scale, <- inject_zsum, (input_sum _ _ _ _ H). field. lra.
Qed.

Lemma frequency_le_1 m n c q j :
  input m n c q -> (j < m)%nat -> frequency n c j <= 1.
Proof.
  intros H Hj. rewrite <- (frequency_sum m n c q H). apply qsum_term_le; [exact Hj|].
  intros i Hi. apply (frequency_nonneg m n c q); assumption.
Qed.

Lemma frequency_count m n c q j :
  input m n c q -> inject_Z n * frequency n c j == inject_Z (c j).
Proof.
  intros H. pose proof (inject_pos _ (input_n_pos _ _ _ _ H)) as Hn.
  unfold frequency. field. lra.
Qed.

(** The answer of MFE: the largest count. *)
Fixpoint largest (m : nat) (c : nat -> Z) : Z :=
  match m with
  | O => 0%Z
  | S k => Z.max (largest k c) (c k)
  end.

Lemma largest_ub m c j : (j < m)%nat -> (c j <= largest m c)%Z.
Proof.
  induction m as [|m IH]; intros Hj; [lia|]. simpl.
  destruct (Nat.eq_dec j m) as [->|]; [lia|]. specialize (IH ltac:(lia)). lia.
Qed.

Lemma largest_lub m c b :
  (0 <= b)%Z -> (forall j, (j < m)%nat -> (c j <= b)%Z) -> (largest m c <= b)%Z.
Proof.
  induction m as [|m IH]; intros Hb H; simpl; [exact Hb|].
  specialize (IH Hb ltac:(intros; apply H; lia)). specialize (H m ltac:(lia)). lia.
Qed.

(** The largest count is [c j] when [j] dominates. *)
Lemma largest_eq m c j :
  (j < m)%nat -> (0 <= c j)%Z -> (forall l, (l < m)%nat -> (c l <= c j)%Z) ->
  largest m c = c j.
Proof.
  intros Hj H0 H. apply Z.le_antisymm.
  - apply largest_lub; assumption.
  - apply largest_ub. exact Hj.
Qed.

(** Some token attains it. *)
Lemma largest_attained m c :
  (0 < m)%nat -> (forall j, (j < m)%nat -> (0 <= c j)%Z) ->
  exists j, (j < m)%nat /\ largest m c = c j.
Proof.
  induction m as [|m IH]; intros Hm Hc; [lia|]. simpl.
  destruct (Nat.eq_dec m 0) as [->|Hm0].
  - exists O. split; [lia|]. specialize (Hc O ltac:(lia)). simpl. lia.
  - destruct (IH ltac:(lia) ltac:(intros; apply Hc; lia)) as [j [Hj ->]].
    destruct (Z.max_spec (c j) (c m)) as [[_ ->]|[_ ->]]; [exists m | exists j]; split; auto.
Qed.

Lemma query_some m n c q : input m n c q -> (0 < m)%nat.
Proof. intros H. pose proof (input_query _ _ _ _ H). lia. Qed.

(** ** The state *)

(** [r = v_q + w * (1/n) sum_l c_l v_l]: one head, uniform attention,
    [W_V = I] and [W_O = w I], read at the last position. *)
Definition residual (w : Q) (m : nat) (n : Z) (v : nat -> nat -> Q)
    (c : nat -> Z) (q : nat) : nat -> Q :=
  fun t => v q t + w * qsum m (fun l => frequency n c l * v l t).

Lemma dot_residual w d m n v c q ell :
  dot d ell (residual w m n v c q)
  == dot d ell (v q) + w * qsum m (fun l => frequency n c l * dot d ell (v l)).
Proof.
  unfold residual. rewrite dot_plus, dot_scale, dot_sum. reflexivity.
Qed.

(** How often token [j] occurs among the first [n] tokens of [x]. *)
Definition count (n : nat) (x : nat -> nat) (j : nat) : Z :=
  zsum n (fun i => if Nat.eqb (x i) j then 1%Z else 0%Z).

Lemma count_nonneg n x j : (0 <= count n x j)%Z.
Proof. apply zsum_nonneg. intros i _. destruct (Nat.eqb (x i) j); lia. Qed.

Lemma count_last n x : (1 <= count (S n) x (x n))%Z.
Proof.
  unfold count. cbn [sum]. rewrite Nat.eqb_refl.
  pose proof (count_nonneg n x (x n)) as H. unfold count in H. lia.
Qed.

(** A sum over positions is a sum over tokens, weighted by the counts. *)
Lemma sum_over_tokens m n x f :
  (forall i, (i < n)%nat -> (x i < m)%nat) ->
  qsum n (fun i => f (x i)) == qsum m (fun j => inject_Z (count n x j) * f j).
Proof.
  intros Hx.
  rewrite (qsum_ext m _ (fun j => qsum n (fun i => delta (x i) j * f j))).
  - rewrite qsum_swap. apply qsum_ext. intros i Hi.
    rewrite (qsum_single m (x i)).
    + rewrite delta_same. ring.
    + apply Hx. exact Hi.
    + intros j _ Hj. rewrite delta_other by auto. ring.
  - intros j _. unfold count. rewrite inject_zsum, Qmult_comm, <- qsum_scale.
    apply qsum_ext. intros i _. unfold delta. destruct (Nat.eqb (x i) j); simpl; ring.
Qed.

(** A nonempty sequence over [m] tokens gives an input in the sense above. *)
Lemma sequence_input m n x :
  (forall i, (i <= n)%nat -> (x i < m)%nat) ->
  input m (Z.of_nat (S n)) (count (S n) x) (x n).
Proof.
  intros Hx.
  split.
  - apply Hx. lia.
  - intros j _. apply count_nonneg.
  - assert (E : inject_Z (zsum m (count (S n) x)) == inject_Z (Z.of_nat (S n))).
    + rewrite inject_zsum.
      rewrite (qsum_ext m _ (fun j => inject_Z (count (S n) x j) * 1)) by (intros; ring).
      rewrite <- (sum_over_tokens m (S n) x (fun _ => 1)) by (intros; apply Hx; lia).
      rewrite qsum_const. ring.
    + apply eq_sym, inject_Z_injective, Qeq_sym. exact E.
  - apply count_last.
Qed.

(** Reading the layer at the last position of the sequence itself. *)
Lemma sequence_residual w m n v x t :
  (forall i, (i <= n)%nat -> (x i < m)%nat) ->
  residual w m (Z.of_nat (S n)) v (count (S n) x) (x n) t
  == v (x n) t + w * (/ inject_Z (Z.of_nat (S n)) * qsum (S n) (fun i => v (x i) t)).
Proof.
  intros Hx. unfold residual.
  rewrite (sum_over_tokens m (S n) x (fun j => v j t)) by (intros; apply Hx; lia).
  rewrite <- (qsum_scale m (/ inject_Z (Z.of_nat (S n)))).
  apply Qplus_comp; [reflexivity|]. apply Qmult_comp; [reflexivity|].
  apply qsum_ext. intros j _. unfold frequency, Qdiv. ring.
Qed.
