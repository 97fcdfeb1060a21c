(** * T4: without positions, repetition is invisible

    Statement.  Softmax averages.  Repeat a sequence [k] times and every state of a
    transformer without position information stays the same, while every count is
    multiplied by [k].  So no such model is right both on [x] and on [x] repeated,
    neither for QC nor for MFE.

    Source: Yehudai et al., arXiv:2407.15160v3.  The form here is ours: the weights
    are any function of the two states whose sums do not vanish (softmax is one),
    the scalars any field of characteristic zero (so the reals too), and the layers
    any number, each with any heads and any MLP, residual or normalisation after.

    A condition that the bare statement hides: for more than one layer the
    attention must not be causally masked.  With a mask the states at earlier
    positions do change, and [causal_mask_sees_repetition] below shows a model of
    two layers that tells [ab] from [abab].  At the last position of a single layer
    the mask hides nothing, so there [attend_repeat] holds with a mask as well. *)

From Coq Require Import Arith Lia List ZArith QArith Qcanon Field Lqa.
From Counterproof Require Import Sums Vectors.
Import ListNotations.

(** The sequence [x_0 .. x_{n-1}] written again and again. *)
Definition repeated {A} (n : nat) (x : nat -> A) : nat -> A := fun i => x (i mod n).

Lemma repeat_last k n : (0 < k)%nat -> (0 < n)%nat -> (k * n - 1) mod n = (n - 1)%nat.
Proof.
  intros Hk Hn. replace (k * n - 1)%nat with (n - 1 + (k - 1) * n)%nat by nia.
  rewrite Nat.mod_add by lia. apply Nat.mod_small. lia.
Qed.

Section NoPosition.
  Variables (K : Type) (kO kI : K) (kadd kmul ksub : K -> K -> K) (kopp : K -> K)
            (kdiv : K -> K -> K) (kinv : K -> K).
  Hypothesis K_field : field_theory kO kI kadd kmul ksub kopp kdiv kinv eq.

  Fixpoint knat (n : nat) : K :=
    match n with
    | O => kO
    | S k => kadd (knat k) kI
    end.
  Hypothesis K_characteristic : forall n, knat (S n) <> kO.

  Add Field K_as_field : K_field.
  Notation ksum := (sum kO kadd).

  Let ksum_ext := sum_ext K kO kI kadd kmul ksub kopp eq (Eqsth K) (Eq_ext _ _ _) (F_R K_field).
  Let ksum_app := sum_app K kO kI kadd kmul ksub kopp eq (Eqsth K) (Eq_ext _ _ _) (F_R K_field).

  Lemma ksum_repeat k n f :
    ksum (k * n) (fun l => f (l mod n)) = kmul (knat k) (ksum n f).
  Proof.
    destruct n as [|n]; [rewrite Nat.mul_0_r; simpl; ring|].
    induction k as [|k IH]; [simpl; ring|].
    replace (S k * S n)%nat with (k * S n + S n)%nat by lia.
    rewrite ksum_app, IH.
    assert (E : ksum (S n) (fun i => f ((k * S n + i) mod S n)) = ksum (S n) f).
    - apply ksum_ext.
      intros i Hi. rewrite Nat.add_comm, Nat.mod_add, Nat.mod_small by lia. reflexivity.
    - rewrite E. cbn [knat]. ring.
  Qed.

  (** ** Models without positions *)

  Variable State : Type.

  (** A head: the weight that a state gives to another, and the value read there. *)
  Record head := {
    weight : State -> State -> K;
    value_dim : nat;
    value : State -> nat -> K;
    weight_total : forall n s y, (0 < n)%nat -> ksum n (fun l => weight y (s l)) <> kO
  }.

  (** What a head returns to a reader in state [y], among [n] states [s]. *)
  Definition attend (h : head) (n : nat) (s : nat -> State) (y : State) : list K :=
    map (fun t => kdiv (ksum n (fun l => kmul (weight h y (s l)) (value h (s l) t)))
                       (ksum n (fun l => weight h y (s l))))
        (seq 0 (value_dim h)).

  (** A layer: heads, then any map of the own state and what the heads returned. *)
  Record layer := {
    heads : list head;
    update : State -> list (list K) -> State
  }.

  Definition apply_layer (L : layer) (n : nat) (s : nat -> State) : nat -> State :=
    fun i => update L (s i) (map (fun h => attend h n s (s i)) (heads L)).

  Fixpoint run (Ls : list layer) (n : nat) (s : nat -> State) : nat -> State :=
    match Ls with
    | [] => s
    | L :: rest => run rest n (apply_layer L n s)
    end.

  Lemma attend_ext h n s s' y :
    (forall i, s' i = s i) -> attend h n s' y = attend h n s y.
  Proof.
    intros E. unfold attend. apply map_ext. intros t.
    f_equal; apply ksum_ext; intros l _; rewrite E; reflexivity.
  Qed.

  (** One head, at one position: the factor [k] cancels. *)
  Lemma attend_repeat h k n s y :
    (0 < k)%nat -> (0 < n)%nat -> attend h (k * n) (repeated n s) y = attend h n s y.
  Proof.
    intros Hk Hn. unfold attend, repeated. apply map_ext. intros t.
    rewrite (ksum_repeat k n (fun l => kmul (weight h y (s l)) (value h (s l) t))).
    rewrite (ksum_repeat k n (fun l => weight h y (s l))).
    field. split.
    - apply weight_total. exact Hn.
    - destruct k as [|k]; [lia|]. apply K_characteristic.
  Qed.

  (** T4, any depth: every state of the repeated sequence is the state one had. *)
  Theorem no_position Ls k n s :
    (0 < k)%nat -> (0 < n)%nat ->
    forall i, run Ls (k * n) (repeated n s) i = run Ls n s (i mod n).
  Proof.
    intros Hk Hn.
    assert (H : forall s', (forall i, s' i = repeated n s i) ->
                forall i, run Ls (k * n) s' i = run Ls n s (i mod n)).
    - revert s. induction Ls as [|L Ls IH]; intros s s' Hs i; simpl; [apply Hs|].
      apply (IH (apply_layer L n s)). clear i. intros i.
      unfold apply_layer. rewrite Hs.
      change (repeated n s i) with (s (i mod n)).
      change (repeated n _ i) with (update L (s (i mod n))
        (map (fun h => attend h n s (s (i mod n))) (heads L))).
      f_equal. apply map_ext. intros h.
      rewrite (attend_ext h (k * n) (repeated n s) s') by exact Hs.
      apply attend_repeat; assumption.
    - intros i. apply H. reflexivity.
  Qed.

  (** ** Counts grow, answers do not *)

  Lemma count_repeat k n x j :
    count (k * n) (repeated n x) j = (Z.of_nat k * count n x j)%Z.
  Proof.
    unfold count, repeated.
    destruct n as [|n]; [rewrite Nat.mul_0_r; simpl; lia|].
    induction k as [|k IH]; [reflexivity|].
    replace (S k * S n)%nat with (k * S n + S n)%nat by lia.
    rewrite zsum_app, IH.
    set (f := fun i => if Nat.eqb (x i) j then 1%Z else 0%Z).
    assert (E : zsum (S n) (fun i => f ((k * S n + i) mod S n)) = zsum (S n) f).
    - apply zsum_ext.
      intros i Hi. rewrite Nat.add_comm, Nat.mod_add, Nat.mod_small by lia. reflexivity.
    - unfold f in E. rewrite E, Nat2Z.inj_succ. unfold f. ring.
  Qed.

  Lemma largest_repeat m k n x :
    largest m (count (k * n) (repeated n x)) = (Z.of_nat k * largest m (count n x))%Z.
  Proof.
    induction m as [|m IH]; simpl; [lia|].
    rewrite IH, count_repeat. apply Z.mul_max_distr_nonneg_l. lia.
  Qed.

  (** A model: an embedding, layers, a readout at the last position. *)
  Variables (Answer : Type) (embed : nat -> State) (readout : State -> Answer).
  Definition answer (Ls : list layer) (n : nat) (x : nat -> nat) : Answer :=
    readout (run Ls n (fun i => embed (x i)) (n - 1)).

  Lemma answer_repeat Ls k n x :
    (0 < k)%nat -> (0 < n)%nat -> answer Ls (k * n) (repeated n x) = answer Ls n x.
  Proof.
    intros Hk Hn. unfold answer. f_equal.
    change (fun i => embed (repeated n x i)) with (repeated n (fun i => embed (x i))).
    rewrite no_position, repeat_last by assumption. reflexivity.
  Qed.

  (** When an answer counts as right; no answer may be right for two counts
      ([|y - a| < 1/2] is such a notion: [within_half_unique]). *)
  Variable right : Answer -> Z -> Prop.
  Hypothesis right_unique : forall y a b, right y a -> right y b -> a = b.

  (** T4 for QC: [x] is any sequence of [n >= 1] tokens, [k >= 2]. *)
  Theorem no_position_qc Ls k n x :
    (1 < k)%nat -> (0 < n)%nat ->
    right (answer Ls n x) (count n x (x (n - 1)%nat)) ->
    right (answer Ls (k * n) (repeated n x))
          (count (k * n) (repeated n x) (repeated n x (k * n - 1)%nat)) -> False.
  Proof.
    intros Hk Hn H1 H2. rewrite answer_repeat in H2 by lia.
    unfold repeated at 2 in H2. rewrite repeat_last, count_repeat in H2 by lia.
    pose proof (right_unique _ _ _ H1 H2) as E.
    pose proof (count_last (n - 1) x) as Hc.
    replace (S (n - 1)) with n in Hc by lia. nia.
  Qed.

  (** T4 for MFE, over [m] tokens. *)
  Theorem no_position_mfe Ls m k n x :
    (1 < k)%nat -> (0 < n)%nat -> (forall i, (i < n)%nat -> (x i < m)%nat) ->
    right (answer Ls n x) (largest m (count n x)) ->
    right (answer Ls (k * n) (repeated n x)) (largest m (count (k * n) (repeated n x))) ->
    False.
  Proof.
    intros Hk Hn Hx H1 H2. rewrite answer_repeat, largest_repeat in H2 by lia.
    pose proof (right_unique _ _ _ H1 H2) as E.
    pose proof (sequence_input m (n - 1) x ltac:(intros; apply Hx; lia)) as Hin.
    replace (S (n - 1)) with n in Hin by lia.
    pose proof (largest_ub m (count n x) _ (input_query _ _ _ _ Hin)) as Hle.
    pose proof (input_present _ _ _ _ Hin). nia.
  Qed.
End NoPosition.

Local Open Scope Q_scope.

(** Being within one half of an integer answer determines the answer. *)
Lemma within_half_unique (y : Q) (a b : Z) :
  -(1#2) < y - inject_Z a < 1#2 -> -(1#2) < y - inject_Z b < 1#2 -> a = b.
Proof.
  intros [Ha Ha'] [Hb Hb'].
  change (-(1#2)) with (-1#2) in Ha, Hb.
  assert (H1 : inject_Z a < inject_Z (b + 1)) by (rewrite inject_Z_plus; change (inject_Z 1) with 1; lra).
  assert (H2 : inject_Z b < inject_Z (a + 1)) by (rewrite inject_Z_plus; change (inject_Z 1) with 1; lra).
  rewrite <- Zlt_Qlt in H1, H2. lia.
Qed.

(** The canonical rationals are such a field, so the theorem speaks of something. *)
Lemma Qc_characteristic n : knat Qc (Q2Qc 0) (Q2Qc 1) Qcplus (S n) <> Q2Qc 0.
Proof.
  assert (H : forall k, this (knat Qc (Q2Qc 0) (Q2Qc 1) Qcplus k) == inject_Z (Z.of_nat k)).
  - induction k as [|k IH]; [reflexivity|]. cbn [knat]. unfold Qcplus.
    cbn [this Q2Qc]. rewrite Qred_correct, IH, Nat2Z.inj_succ. unfold Z.succ.
    rewrite inject_Z_plus. reflexivity.
  - intros E. specialize (H (S n)). rewrite E in H. cbn [this Q2Qc] in H.
    rewrite Qred_correct in H. change 0 with (inject_Z 0) in H.
    apply (proj1 (inject_Z_injective _ _)) in H. lia.
Qed.

Definition no_position_rational :=
  no_position Qc (Q2Qc 0) (Q2Qc 1) Qcplus Qcmult Qcminus Qcopp Qcdiv Qcinv Qcft
    Qc_characteristic.

(** ** With a causal mask, two layers are enough to see the repetition *)

(** Uniform attention over the positions up to and including [i]. *)
Definition causal_mean (s : nat -> Q) (i : nat) : Q :=
  qsum (S i) s / inject_Z (Z.of_nat (S i)).

(** Token [a] is embedded as 1, token [b] as 0: the states of the last position
    after two layers are [3/4] on [ab] and [2/3] on [abab]. *)
Theorem causal_mask_sees_repetition :
  let s := fun i => match i with O => 1 | _ => 0 end in
  ~ causal_mean (causal_mean (repeated 2 s)) 3 == causal_mean (causal_mean s) 1.
Proof. cbv zeta. vm_compute. discriminate. Qed.
