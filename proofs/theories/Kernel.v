(** * More unknowns than equations: an integer solution

    Statement.  A rational matrix with [r] rows and [m > r] columns has a nonzero
    integer vector in its kernel.

    Source: textbook linear algebra, needed by T7 and T7' (an embedding of
    [m > d + 1] tokens always has a collision).  The proof is one step of fraction-free
    elimination per row, with the pivot brought to the last column, after the
    denominators of each row have been cleared. *)

From Coq Require Import Arith Lia ZArith QArith Lqa.
From Coq Require Qcanon.
From Counterproof Require Import Sums Vectors UniformCollision.

Local Open Scope Z_scope.

(** Exchanging two columns. *)
Definition swap (p q j : nat) : nat :=
  if Nat.eqb j p then q else if Nat.eqb j q then p else j.

Lemma swap_sum (f : nat -> Z) m p :
  (p < S m)%nat -> zsum (S m) (fun j => f (swap p m j)) = zsum (S m) f.
Proof.
  intros Hp. destruct (Nat.eq_dec p m) as [->|Hne].
  - apply zsum_ext. intros j _. unfold swap. destruct (Nat.eqb_spec j m) as [->|]; reflexivity.
  - (* Both sums are that of [f] with the values at [p] and [m] set apart. *)
    set (g := fun j => if Nat.eqb j p then 0 else f j).
    assert (E : forall h, zsum m h = zsum m (fun j => if Nat.eqb j p then 0 else h j) + h p).
    { intros h.
      assert (E1 : zsum m (fun j => if Nat.eqb j p then h j else 0) = h p).
      - rewrite (zsum_single m p _ ltac:(lia)); [rewrite Nat.eqb_refl; reflexivity|].
        intros j _ Hj. apply Nat.eqb_neq in Hj. rewrite Hj. reflexivity.
      - rewrite <- E1, <- zsum_plus. apply zsum_ext. intros j _.
        destruct (Nat.eqb j p); lia. }
    cbn [sum]. rewrite (E (fun j => f (swap p m j))), (E f).
    rewrite (zsum_ext m _ g).
    + unfold swap. rewrite !Nat.eqb_refl.
      destruct (Nat.eqb_spec m p) as [->|_]; [lia|]. fold g. lia.
    + intros j Hj. unfold g, swap. destruct (Nat.eqb_spec j p) as [_|_]; [reflexivity|].
      destruct (Nat.eqb_spec j m) as [->|_]; [lia | reflexivity].
Qed.

Lemma swap_involutive p q j : swap p q (swap p q j) = j.
Proof.
  unfold swap. destruct (Nat.eqb_spec j p) as [->|Hp].
  - destruct (Nat.eqb_spec q p) as [->|]; [reflexivity | rewrite Nat.eqb_refl; reflexivity].
  - destruct (Nat.eqb_spec j q) as [->|Hq]; [rewrite Nat.eqb_refl; reflexivity|].
    apply Nat.eqb_neq in Hp, Hq. rewrite Hp, Hq. reflexivity.
Qed.

Lemma swap_lt p m j : (p < S m)%nat -> (j < S m)%nat -> (swap p m j < S m)%nat.
Proof. unfold swap. destruct (Nat.eqb j p); destruct (Nat.eqb j m); lia. Qed.

(** One pivot in the last column. *)
Lemma kernel_pivot r m (A : nat -> nat -> Z) :
  A r m <> 0 ->
  (forall B : nat -> nat -> Z, exists z, nonzero m z /\
     forall t, (t < r)%nat -> zsum m (fun j => B t j * z j) = 0) ->
  exists z, nonzero (S m) z /\
    forall t, (t < S r)%nat -> zsum (S m) (fun j => A t j * z j) = 0.
Proof.
  intros Ha IH.
  destruct (IH (fun t j => A r m * A t j - A t m * A r j)) as [z [[p [Hp Hz]] Hk]].
  set (s := zsum m (fun j => A r j * z j)).
  exists (fun j => if Nat.eqb j m then - s else A r m * z j). split.
  - exists p. split; [lia|]. destruct (Nat.eqb_spec p m) as [->|_]; [lia | nia].
  - intros t Ht. cbn [sum]. rewrite Nat.eqb_refl.
    assert (E : zsum m (fun j => A t j * (if Nat.eqb j m then - s else A r m * z j))
                = A r m * zsum m (fun j => A t j * z j)).
    { rewrite <- zsum_scale. apply zsum_ext. intros j Hj.
      destruct (Nat.eqb_spec j m) as [->|_]; [lia | ring]. }
    rewrite E. destruct (Nat.eq_dec t r) as [->|Hne]; [fold s; ring|].
    specialize (Hk t ltac:(lia)).
    assert (E' : zsum m (fun j => (A r m * A t j - A t m * A r j) * z j)
                 = A r m * zsum m (fun j => A t j * z j) - A t m * s).
    { unfold s. rewrite <- !zsum_scale, <- zsum_minus. apply zsum_ext. intros j _. ring. }
    lia.
Qed.

Theorem integer_kernel r m (A : nat -> nat -> Z) :
  (r < m)%nat ->
  exists z, nonzero m z /\ forall t, (t < r)%nat -> zsum m (fun j => A t j * z j) = 0.
Proof.
  revert m A. induction r as [|r IH]; intros m A Hm.
  - exists (fun _ => 1). split; [exists O; split; [lia | discriminate] | intros; lia].
  - destruct m as [|m]; [lia|].
    assert (Hrow : (exists p, (p < S m)%nat /\ A r p <> 0) \/
                   forall j, (j < S m)%nat -> A r j = 0).
    { clear Hm. induction (S m) as [|k IHk]; [right; intros; lia|].
      destruct (Z.eq_dec (A r k) 0) as [E|E]; [|left; exists k; split; [lia | exact E]].
      destruct IHk as [[p [Hp Hne]]|H]; [left; exists p; split; [lia | exact Hne]|].
      right. intros j Hj. destruct (Nat.eq_dec j k) as [->|]; [exact E | apply H; lia]. }
    destruct Hrow as [[p [Hp Hne]]|Hzero].
    + destruct (kernel_pivot r m (fun t j => A t (swap p m j))) as [z [[i [Hi Hz]] Hk]].
      * unfold swap. rewrite Nat.eqb_refl. destruct (Nat.eqb_spec m p) as [->|_]; exact Hne.
      * intros B. apply IH. lia.
      * exists (fun j => z (swap p m j)). split.
        -- exists (swap p m i). split; [apply swap_lt; assumption|].
           rewrite swap_involutive. exact Hz.
        -- intros t Ht. specialize (Hk t Ht).
           rewrite <- (swap_sum (fun j => A t (swap p m j) * z j) m p Hp) in Hk.
           etransitivity; [|exact Hk].
           apply zsum_ext. intros j _. rewrite swap_involutive. reflexivity.
    + destruct (IH (S m) A ltac:(lia)) as [z [Hz Hk]]. exists z. split; [exact Hz|].
      intros t Ht. destruct (Nat.eq_dec t r) as [->|]; [|apply Hk; lia].
      apply zsum_zero. intros j Hj. rewrite Hzero by exact Hj. reflexivity.
Qed.

(** ** Rational rows *)

(** The product of a row's denominators, and the row scaled by it. *)
Fixpoint row_denominator (m : nat) (a : nat -> Q) : Z :=
  match m with
  | O => 1
  | S k => row_denominator k a * QDen (a k)
  end.

Lemma row_denominator_pos m a : 0 < row_denominator m a.
Proof. induction m as [|m IH]; simpl; lia. Qed.

Definition integral (x : Q) : Prop := exists z, (x == inject_Z z)%Q.

Lemma row_denominator_integral m a j :
  (j < m)%nat -> integral (inject_Z (row_denominator m a) * a j).
Proof.
  induction m as [|m IH]; intros Hj; [lia|]. cbn [row_denominator].
  destruct (Nat.eq_dec j m) as [->|Hne].
  - exists (row_denominator m a * Qnum (a m)).
    rewrite !inject_Z_mult.
    assert (E : (inject_Z (QDen (a m)) * a m == inject_Z (Qnum (a m)))%Q)
      by (unfold Qeq, Qmult, inject_Z; cbn [Qnum Qden]; rewrite Pos.mul_1_l; ring).
    rewrite <- E. ring.
  - destruct (IH ltac:(lia)) as [z Hz]. exists (QDen (a m) * z).
    rewrite !inject_Z_mult, <- Hz. ring.
Qed.

(** A rational that is an integer equals its floor. *)
Lemma integral_floor x : integral x -> (x == inject_Z (Qnum (Qred x)))%Q.
Proof.
  intros [z Hz].
  assert (E : Qred x = inject_Z z).
  { rewrite (Qred_complete _ _ Hz). apply Qcanon.Qred_identity. apply Z.gcd_1_r. }
  rewrite E. exact Hz.
Qed.

Theorem rational_kernel r m (A : nat -> nat -> Q) :
  (r < m)%nat ->
  exists z, nonzero m z /\
    forall t, (t < r)%nat -> (qsum m (fun j => inject_Z (z j) * A t j) == 0)%Q.
Proof.
  intros Hm.
  destruct (integer_kernel r m
    (fun t j => Qnum (Qred (inject_Z (row_denominator m (A t)) * A t j))) Hm) as [z [Hz Hk]].
  exists z. split; [exact Hz|]. intros t Ht. specialize (Hk t Ht).
  apply (Qmult_inj_l _ _ (inject_Z (row_denominator m (A t)))).
  - intros E. change 0%Q with (inject_Z 0) in E.
    apply (proj1 (inject_Z_injective _ _)) in E.
    pose proof (row_denominator_pos m (A t)). lia.
  - rewrite Qmult_0_r, <- qsum_scale.
    transitivity (inject_Z 0); [|reflexivity].
    transitivity (inject_Z (zsum m (fun j =>
      Qnum (Qred (inject_Z (row_denominator m (A t)) * A t j)) * z j))); [|rewrite Hk; reflexivity].
    rewrite inject_zsum. apply qsum_ext. intros j Hj.
    rewrite inject_Z_mult, <- (integral_floor _ (row_denominator_integral m (A t) j Hj)). ring.
Qed.

(** T7: more than [d + 1] tokens always have a relation, so a collision at some length. *)
Theorem relation_exists d m v :
  (d + 1 < m)%nat -> exists z, relation d m v z /\ nonzero m z.
Proof.
  intros Hm.
  destruct (rational_kernel (S d) m (fun t j => if Nat.eqb t d then 1%Q else v j t) ltac:(lia))
    as [z [Hz Hk]].
  exists z. split; [|exact Hz]. split.
  - intros t Ht. specialize (Hk t ltac:(lia)).
    rewrite (proj2 (Nat.eqb_neq t d)) in Hk by lia. exact Hk.
  - specialize (Hk d ltac:(lia)). rewrite Nat.eqb_refl in Hk.
    apply inject_Z_injective. rewrite inject_zsum.
    transitivity (qsum m (fun j => inject_Z (z j) * 1))%Q; [|exact Hk].
    apply qsum_ext. intros j _. ring.
Qed.

(** T7: with [m > d + 1] tokens there is a length from which on no function of query
    and state solves QC or MFE; with [m <= d + 1] see [QcAffine.qc_affine_dimension]. *)
Theorem too_many_tokens d m v w :
  (d + 1 < m)%nat -> ~ (w == 0)%Q ->
  exists n0, forall n f, n0 <= n -> reader d f ->
    ~ solves m v w n f (fun c q => c q) /\ ~ solves m v w n f (fun c _ => largest m c).
Proof.
  intros Hm Hw. destruct (relation_exists d m v Hm) as [z [Hz Hne]].
  exists (l1 m z + 1). intros n f Hn Hf.
  assert (H0 : 0 <= l1 m z) by (apply zsum_nonneg; intros; lia).
  split.
  - apply (uniform_collision_qc d m v w Hw n z f Hz Hne); [lia | exact Hf].
  - apply (uniform_collision_mfe d m v w Hw n z f Hz Hne); [lia | exact Hf].
Qed.
