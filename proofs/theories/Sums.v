(** * Finite sums over a commutative ring

    Every statement of this development is about finite sums: of embeddings
    over positions, of counts over tokens, of products over coordinates.  They
    are written [sum n f = f 0 + .. + f (n-1)] with [f] a function on [nat],
    so that no length has to be carried around.

    The lemmas are proved once, for any commutative ring with a setoid
    equality, because they are needed with two of them: the rationals, where
    equality is [==], and the integers.  [qsum] and [zsum] are the instances. *)

From Coq Require Import Setoid Morphisms Ring Arith Lia ZArith QArith.

Section Sums.
  Variables (R : Type) (rO rI : R) (radd rmul rsub : R -> R -> R)
            (ropp : R -> R) (req : R -> R -> Prop).
  Hypothesis req_equivalence : Equivalence req.
  Hypothesis ring_ext : ring_eq_ext radd rmul ropp req.
  Hypothesis ring_laws : ring_theory rO rI radd rmul rsub ropp req.

  Add Ring sums_ring : ring_laws (setoid req_equivalence ring_ext).

  Local Notation "x == y" := (req x y) (at level 70).
  Local Notation "x + y" := (radd x y).
  Local Notation "x * y" := (rmul x y).

  Local Instance radd_proper : Proper (req ==> req ==> req) radd.
  Proof. exact (Radd_ext ring_ext). Qed.
  Local Instance rmul_proper : Proper (req ==> req ==> req) rmul.
  Proof. exact (Rmul_ext ring_ext). Qed.

  Fixpoint sum (n : nat) (f : nat -> R) : R :=
    match n with
    | O => rO
    | S k => sum k f + f k
    end.

  Lemma sum_ext n f g :
    (forall i, (i < n)%nat -> f i == g i) -> sum n f == sum n g.
  Proof using req_equivalence ring_ext ring_laws.
    induction n as [|n IH]; intros H; simpl; [reflexivity|].
    rewrite (IH ltac:(intros; apply H; lia)), (H n ltac:(lia)). reflexivity.
  Qed.

  Lemma sum_zero n f : (forall i, (i < n)%nat -> f i == rO) -> sum n f == rO.
  Proof.
    induction n as [|n IH]; intros H; simpl; [reflexivity|].
    rewrite (IH ltac:(intros; apply H; lia)), (H n ltac:(lia)). ring.
  Qed.

  Lemma sum_plus n f g : sum n (fun i => f i + g i) == sum n f + sum n g.
  Proof. induction n as [|n IH]; simpl; [ring | rewrite IH; ring]. Qed.

  Lemma sum_scale n a f : sum n (fun i => a * f i) == a * sum n f.
  Proof. induction n as [|n IH]; simpl; [ring | rewrite IH; ring]. Qed.

  Lemma sum_opp n f : sum n (fun i => ropp (f i)) == ropp (sum n f).
  Proof. induction n as [|n IH]; simpl; [ring | rewrite IH; ring]. Qed.

  Lemma sum_minus n f g :
    sum n (fun i => rsub (f i) (g i)) == rsub (sum n f) (sum n g).
  Proof. induction n as [|n IH]; simpl; [ring | rewrite IH; ring]. Qed.

  (** The order of summation does not matter. *)
  Lemma sum_swap n k f :
    sum n (fun i => sum k (fun j => f i j))
    == sum k (fun j => sum n (fun i => f i j)).
  Proof.
    induction n as [|n IH]; simpl.
    - symmetry. apply sum_zero. reflexivity.
    - rewrite IH, <- sum_plus. reflexivity.
  Qed.

  (** Only the term at [q] counts when all others vanish. *)
  Lemma sum_single n q f :
    (q < n)%nat -> (forall i, (i < n)%nat -> i <> q -> f i == rO) -> sum n f == f q.
  Proof.
    induction n as [|n IH]; intros Hq Hf; [lia|]. simpl.
    destruct (Nat.eq_dec q n) as [->|Hne].
    - rewrite sum_zero by (intros; apply Hf; lia). ring.
    - rewrite IH by (try lia; intros; apply Hf; lia).
      rewrite (Hf n) by lia. ring.
  Qed.

  (** Splitting a sum of [n + k] terms after the first [n]. *)
  Lemma sum_app n k f :
    sum (n + k) f == sum n f + sum k (fun i => f (n + i)%nat).
  Proof.
    induction k as [|k IH]; simpl.
    - rewrite Nat.add_0_r. ring.
    - rewrite Nat.add_succ_r. simpl. rewrite IH. ring.
  Qed.

  Lemma sum_first n f : sum (S n) f == f O + sum n (fun i => f (S i)).
  Proof. rewrite (sum_app 1 n f). simpl. ring. Qed.

  (** The product of two sums is the double sum of the products. *)
  Lemma sum_mul n k f g :
    sum n f * sum k g == sum n (fun i => sum k (fun j => f i * g j)).
  Proof.
    induction n as [|n IH]; simpl; [ring|].
    rewrite <- IH, sum_scale. ring.
  Qed.
End Sums.

Arguments sum {R} rO radd n f.

(** ** The rationals *)

Notation qsum := (sum 0%Q Qplus).

Lemma Q_ring_ext : ring_eq_ext Qplus Qmult Qopp Qeq.
Proof. split; [exact Qplus_comp | exact Qmult_comp | exact Qopp_comp]. Qed.

Definition qsum_ext := sum_ext _ _ _ _ _ _ _ _ Q_Setoid Q_ring_ext Qsrt.
Definition qsum_zero := sum_zero _ _ _ _ _ _ _ _ Q_Setoid Q_ring_ext Qsrt.
Definition qsum_plus := sum_plus _ _ _ _ _ _ _ _ Q_Setoid Q_ring_ext Qsrt.
Definition qsum_scale := sum_scale _ _ _ _ _ _ _ _ Q_Setoid Q_ring_ext Qsrt.
Definition qsum_opp := sum_opp _ _ _ _ _ _ _ _ Q_Setoid Q_ring_ext Qsrt.
Definition qsum_minus := sum_minus _ _ _ _ _ _ _ _ Q_Setoid Q_ring_ext Qsrt.
Definition qsum_swap := sum_swap _ _ _ _ _ _ _ _ Q_Setoid Q_ring_ext Qsrt.
Definition qsum_single := sum_single _ _ _ _ _ _ _ _ Q_Setoid Q_ring_ext Qsrt.
Definition qsum_first := sum_first _ _ _ _ _ _ _ _ Q_Setoid Q_ring_ext Qsrt.
Definition qsum_mul := sum_mul _ _ _ _ _ _ _ _ Q_Setoid Q_ring_ext Qsrt.

Lemma qsum_le n f g :
  (forall i, (i < n)%nat -> (f i <= g i)%Q) -> (qsum n f <= qsum n g)%Q.
Proof.
  induction n as [|n IH]; intros H; simpl; [apply Qle_refl|].
  apply Qplus_le_compat; [apply IH; intros; apply H; lia | apply H; lia].
Qed.

Lemma qsum_nonneg n f :
  (forall i, (i < n)%nat -> (0 <= f i)%Q) -> (0 <= qsum n f)%Q.
Proof.
  intros H. apply Qle_trans with (qsum n (fun _ => 0%Q)).
  - rewrite qsum_zero by reflexivity. apply Qle_refl.
  - apply qsum_le. exact H.
Qed.

(** One term of a sum of nonnegative terms is at most the sum. *)
Lemma qsum_term_le n f q :
  (q < n)%nat -> (forall i, (i < n)%nat -> (0 <= f i)%Q) -> (f q <= qsum n f)%Q.
Proof.
  intros Hq H.
  apply Qle_trans with (qsum n (fun i => if Nat.eqb i q then f i else 0%Q)).
  - rewrite (qsum_single n q _ Hq).
    + rewrite Nat.eqb_refl. apply Qle_refl.
    + intros i _ Hne. apply Nat.eqb_neq in Hne. rewrite Hne. reflexivity.
  - apply qsum_le. intros i Hi.
    destruct (Nat.eqb_spec i q); [apply Qle_refl | auto].
Qed.

Lemma qsum_const n a : (qsum n (fun _ => a) == inject_Z (Z.of_nat n) * a)%Q.
Proof.
  induction n as [|n IH]; [simpl; ring|]. cbn [sum].
  rewrite IH, Nat2Z.inj_succ. unfold Z.succ. rewrite inject_Z_plus. ring.
Qed.

(** Some term is largest. *)
Lemma qargmax n (f : nat -> Q) :
  (0 < n)%nat -> exists i, (i < n)%nat /\ forall j, (j < n)%nat -> (f j <= f i)%Q.
Proof.
  induction n as [|n IH]; intros Hn; [lia|].
  destruct (Nat.eq_dec n 0) as [->|Hn0].
  - exists O. split; [lia|]. intros j Hj. replace j with O by lia. apply Qle_refl.
  - destruct (IH ltac:(lia)) as [i [Hi Hmax]].
    destruct (Qlt_le_dec (f i) (f n)) as [H|H].
    + exists n. split; [lia|]. intros j Hj.
      destruct (Nat.eq_dec j n) as [->|]; [apply Qle_refl|].
      apply Qle_trans with (f i); [apply Hmax; lia | apply Qlt_le_weak; exact H].
    + exists i. split; [lia|]. intros j Hj.
      destruct (Nat.eq_dec j n) as [->|]; [exact H | apply Hmax; lia].
Qed.

(** ** The integers *)

Notation zsum := (sum 0%Z Z.add).

Definition zsum_ext := sum_ext _ _ _ _ _ _ _ _ (Eqsth Z) (Eq_ext _ _ _) Zth.
Definition zsum_zero := sum_zero _ _ _ _ _ _ _ _ (Eqsth Z) (Eq_ext _ _ _) Zth.
Definition zsum_plus := sum_plus _ _ _ _ _ _ _ _ (Eqsth Z) (Eq_ext _ _ _) Zth.
Definition zsum_scale := sum_scale _ _ _ _ _ _ _ _ (Eqsth Z) (Eq_ext _ _ _) Zth.
Definition zsum_opp := sum_opp _ _ _ _ _ _ _ _ (Eqsth Z) (Eq_ext _ _ _) Zth.
Definition zsum_minus := sum_minus _ _ _ _ _ _ _ _ (Eqsth Z) (Eq_ext _ _ _) Zth.
Definition zsum_single := sum_single _ _ _ _ _ _ _ _ (Eqsth Z) (Eq_ext _ _ _) Zth.
Definition zsum_app := sum_app _ _ _ _ _ _ _ _ (Eqsth Z) (Eq_ext _ _ _) Zth.
Definition zsum_first := sum_first _ _ _ _ _ _ _ _ (Eqsth Z) (Eq_ext _ _ _) Zth.

Lemma zsum_le n f g :
  (forall i, (i < n)%nat -> (f i <= g i)%Z) -> (zsum n f <= zsum n g)%Z.
Proof.
  induction n as [|n IH]; intros H; simpl; [lia|].
  specialize (IH ltac:(intros; apply H; lia)). specialize (H n ltac:(lia)). lia.
Qed.

Lemma zsum_nonneg n f :
  (forall i, (i < n)%nat -> (0 <= f i)%Z) -> (0 <= zsum n f)%Z.
Proof.
  intros H. apply Z.le_trans with (zsum n (fun _ => 0%Z)).
  - rewrite zsum_zero by reflexivity. apply Z.le_refl.
  - apply zsum_le. exact H.
Qed.

Lemma zsum_term_le n f q :
  (q < n)%nat -> (forall i, (i < n)%nat -> (0 <= f i)%Z) -> (f q <= zsum n f)%Z.
Proof.
  intros Hq H.
  apply Z.le_trans with (zsum n (fun i => if Nat.eqb i q then f i else 0%Z)).
  - rewrite (zsum_single n q _ Hq).
    + rewrite Nat.eqb_refl. apply Z.le_refl.
    + intros i _ Hne. apply Nat.eqb_neq in Hne. rewrite Hne. reflexivity.
  - apply zsum_le. intros i Hi.
    destruct (Nat.eqb_spec i q); [apply Z.le_refl | auto].
Qed.

Lemma inject_zsum n f : (inject_Z (zsum n f) == qsum n (fun i => inject_Z (f i)))%Q.
Proof.
  induction n as [|n IH]; [reflexivity|]. cbn [sum].
  rewrite inject_Z_plus, IH. reflexivity.
Qed.
