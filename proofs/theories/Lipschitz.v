(** * T13: the least Lipschitz constant of a readout

    Statement.  Let states [s_0 .. s_{k-1}] of a pseudo-metric space have answers [a_i].  A
    function within [eps] of every answer that changes by at most [L] times the distance
    exists iff [|a_i - a_j| - 2 eps <= L dist(s_i, s_j)] for all pairs.  So the least [L]
    is the largest [(|a_i - a_j| - 2 eps) / dist(s_i, s_j)], and there is none iff two states
    at distance 0 have answers more than [2 eps] apart.

    Source: ours, as the exact form of Yehudai et al., arXiv:2407.15160v3, Theorem 5.2 as
    quoted; the extension [f(x) = min_i (a_i + eps + L dist(x, s_i))] is McShane's, here
    with a tolerance.  Over any ordered field. *)

From Coq Require Import Setoid Field Arith Lia ZArith.
From Counterproof Require Import Sums OrderedField.

Local Open Scope field_scope.

Section Lipschitz.
  Variable F : ordered_field.
  Add Field lipschitz_field : (flaws F) (setoid (feq_equivalence F) (fext F)).

  (** Least and largest of two. *)
  Definition fmin (x y : F) : F := if fle_dec x y then x else y.
  Definition fmax (x y : F) : F := if fle_dec x y then y else x.

  Lemma fmin_l x y : fmin x y <= x.
  Proof. unfold fmin. destruct (fle_dec x y) as [H|H]; [apply fle_refl | apply flt_fle; exact H]. Qed.
  Lemma fmin_r x y : fmin x y <= y.
  Proof. unfold fmin. destruct (fle_dec x y) as [H|H]; [exact H | apply fle_refl]. Qed.
  Lemma fmin_glb x y b : b <= x -> b <= y -> b <= fmin x y.
  Proof. unfold fmin. destruct (fle_dec x y); auto. Qed.
  Lemma fmax_l x y : x <= fmax x y.
  Proof. unfold fmax. destruct (fle_dec x y) as [H|H]; [exact H | apply fle_refl]. Qed.
  Lemma fmax_r x y : y <= fmax x y.
  Proof. unfold fmax. destruct (fle_dec x y) as [H|H]; [apply fle_refl | apply flt_fle; exact H]. Qed.
  Lemma fmax_lub x y b : x <= b -> y <= b -> fmax x y <= b.
  Proof. unfold fmax. destruct (fle_dec x y); auto. Qed.

  (** ** Pseudo-metrics *)

  Variables (X : Type) (dist : X -> X -> F).

  Record pseudometric : Prop := {
    dist_refl : forall x, dist x x == 0;
    dist_sym : forall x y, dist x y == dist y x;
    dist_triangle : forall x y z, dist x z <= dist x y + dist y z
  }.

  Definition lipschitz (L : F) (f : X -> F) : Prop :=
    forall x y, fabs (f x - f y) <= L * dist x y.

  (** Every Lipschitz function needs this much. *)
  Theorem lipschitz_lower L eps f x y a b :
    lipschitz L f -> fabs (f x - a) <= eps -> fabs (f y - b) <= eps ->
    fabs (a - b) - (1 + 1) * eps <= L * dist x y.
  Proof.
    intros Hf Hx Hy. specialize (Hf x y).
    assert (H : fabs (a - b) <= fabs (a - f x) + (fabs (f x - f y) + fabs (f y - b))).
    { apply fle_trans with (fabs (a - f x) + fabs (f x - f y + (f y - b))).
      - apply fle_trans with (2 := fabs_triangle _ _). apply feq_fle, fabs_proper. ring.
      - pose proof (fabs_triangle (f x - f y) (f y - b)) as H. linear H. }
    rewrite (fabs_sub a (f x)) in H.
    pose proof (fle_add2 _ _ _ _ H (fle_add2 _ _ _ _ Hx (fle_add2 _ _ _ _ Hf Hy))) as H2. linear H2.
  Qed.

  (** Two states that coincide allow no answers more than [2 eps] apart. *)
  Theorem lipschitz_none L eps f x y a b :
    dist x y == 0 -> (1 + 1) * eps < fabs (a - b) ->
    ~ (lipschitz L f /\ fabs (f x - a) <= eps /\ fabs (f y - b) <= eps).
  Proof.
    intros H0 Hab [Hf [Hx Hy]]. apply Hab.
    pose proof (lipschitz_lower L eps f x y a b Hf Hx Hy) as H. rewrite H0 in H. linear H.
  Qed.

  (** ** McShane's extension, with a tolerance *)

  Hypothesis dist_pseudometric : pseudometric.

  (** Distances are nonnegative. *)
  Lemma dist_nonneg x y : 0 <= dist x y.
  Proof.
    destruct dist_pseudometric as [Hr Hs Ht].
    pose proof (Ht x y x) as H. rewrite Hr, (Hs y x) in H.
    destruct (fle_dec 0 (dist x y)) as [|C]; [assumption|]. exfalso. apply C.
    apply flt_fle in C. pose proof (fle_add2 _ _ _ _ H (fopp_le _ _ C)) as H2. linear H2.
  Qed.

  (** [min_{i <= k} (a_i + eps + L dist(x, s_i))]. *)
  Fixpoint mcshane (L eps : F) (s : nat -> X) (a : nat -> F) (k : nat) (x : X) : F :=
    match k with
    | O => a O + eps + L * dist x (s O)
    | S l => fmin (mcshane L eps s a l x) (a k + eps + L * dist x (s k))
    end.

  Lemma mcshane_le L eps s a k x i :
    (i <= k)%nat -> mcshane L eps s a k x <= a i + eps + L * dist x (s i).
  Proof.
    induction k as [|k IH]; intros Hi.
    - replace i with O by lia. apply fle_refl.
    - cbn [mcshane]. destruct (Nat.eq_dec i (S k)) as [->|Hne]; [apply fmin_r|].
      apply fle_trans with (1 := fmin_l _ _). apply IH. lia.
  Qed.

  Lemma mcshane_glb L eps s a k x b :
    (forall i, (i <= k)%nat -> b <= a i + eps + L * dist x (s i)) -> b <= mcshane L eps s a k x.
  Proof.
    induction k as [|k IH]; intros H; [apply H; lia|]. cbn [mcshane].
    apply fmin_glb; [apply IH; intros; apply H; lia | apply H; lia].
  Qed.

  Theorem mcshane_lipschitz L eps s a k : 0 <= L -> lipschitz L (mcshane L eps s a k).
  Proof.
    intros HL. destruct dist_pseudometric as [_ Hs Ht].
    assert (H : forall x y, mcshane L eps s a k x - L * dist x y <= mcshane L eps s a k y).
    { intros x y. apply mcshane_glb. intros i Hi. pose proof (mcshane_le L eps s a k x i Hi) as H1.
      pose proof (fle_scale _ _ _ HL (Ht x y (s i))) as H2.
      pose proof (fle_add2 _ _ _ _ H1 H2) as H3. linear H3. }
    intros x y. apply fabs_le.
    - pose proof (H x y) as H1. linear H1.
    - pose proof (H y x) as H1. rewrite (Hs y x) in H1. linear H1.
  Qed.

  (** On the states themselves it is within [eps]. *)
  Theorem mcshane_answers L eps s a k i :
    (forall i j, (i <= k)%nat -> (j <= k)%nat ->
       fabs (a i - a j) - (1 + 1) * eps <= L * dist (s i) (s j)) ->
    (i <= k)%nat -> fabs (mcshane L eps s a k (s i) - a i) <= eps.
  Proof.
    intros H Hi. destruct dist_pseudometric as [Hr _ _]. apply fabs_le.
    - pose proof (mcshane_le L eps s a k (s i) i Hi) as H1. rewrite Hr in H1. linear H1.
    - assert (H1 : a i - eps <= mcshane L eps s a k (s i)); [|linear H1].
      apply mcshane_glb. intros j Hj. pose proof (H i j Hi Hj) as H1.
      pose proof (fle_add2 _ _ _ _ (fle_fabs (a i - a j)) H1) as H2. linear H2.
  Qed.

  (** T13: which constants are possible. *)
  Theorem lipschitz_iff L eps s a k :
    0 <= L ->
    (exists f, lipschitz L f /\ forall i, (i <= k)%nat -> fabs (f (s i) - a i) <= eps) <->
    (forall i j, (i <= k)%nat -> (j <= k)%nat ->
       fabs (a i - a j) - (1 + 1) * eps <= L * dist (s i) (s j)).
  Proof.
    intros HL. split.
    - intros [f [Hf Ha]] i j Hi Hj. apply (lipschitz_lower L eps f); auto.
    - intros H. exists (mcshane L eps s a k). split; [apply mcshane_lipschitz; exact HL|].
      intros i Hi. apply mcshane_answers; assumption.
  Qed.
End Lipschitz.

Arguments fmin {F}. Arguments fmax {F}. Arguments fmax_l {F}. Arguments fmax_r {F}.
Arguments fmax_lub {F}. Arguments lipschitz {F X}. Arguments pseudometric {F X}.
Arguments mcshane {F X}. Arguments lipschitz_lower {F X}. Arguments lipschitz_iff {F X}.

(** ** The sup norm *)

Section SupNorm.
  Variable F : ordered_field.
  Add Field sup_field : (flaws F) (setoid (feq_equivalence F) (fext F)).

  (** [max_{t < d} |x_t - y_t|]. *)
  Fixpoint sup_dist (d : nat) (x y : nat -> F) : F :=
    match d with
    | O => 0
    | S k => fmax (sup_dist k x y) (fabs (x k - y k))
    end.

  Lemma sup_dist_ge d x y t : (t < d)%nat -> fabs (x t - y t) <= sup_dist d x y.
  Proof.
    induction d as [|d IH]; intros Ht; [lia|]. cbn [sup_dist].
    destruct (Nat.eq_dec t d) as [->|Hne]; [apply fmax_r|].
    apply fle_trans with (2 := fmax_l _ _). apply IH. lia.
  Qed.

  Lemma sup_dist_le d x y b :
    0 <= b -> (forall t, (t < d)%nat -> fabs (x t - y t) <= b) -> sup_dist d x y <= b.
  Proof.
    induction d as [|d IH]; intros Hb H; cbn [sup_dist]; [exact Hb|].
    apply fmax_lub; [apply IH; auto | auto].
  Qed.

  Lemma sup_dist_nonneg d x y : 0 <= sup_dist d x y.
  Proof.
    destruct d as [|d]; [apply fle_refl|].
    apply fle_trans with (2 := sup_dist_ge (S d) x y d (Nat.lt_succ_diag_r d)). apply fabs_nonneg.
  Qed.

  Theorem sup_dist_pseudometric d : pseudometric (sup_dist d).
  Proof.
    assert (Hs : forall x y, sup_dist d x y <= sup_dist d y x).
    { intros x y. apply sup_dist_le; [apply sup_dist_nonneg|]. intros t Ht.
      rewrite fabs_sub. apply sup_dist_ge. exact Ht. }
    split.
    - intros x. apply fle_antisym; [|apply sup_dist_nonneg].
      apply sup_dist_le; [apply fle_refl|]. intros t _.
      apply fabs_le; apply feq_fle; ring.
    - intros x y. apply fle_antisym; apply Hs.
    - intros x y z. apply sup_dist_le; [apply fadd_nonneg; apply sup_dist_nonneg|]. intros t Ht.
      apply fle_trans with (fabs (x t - y t) + fabs (y t - z t)).
      + apply fle_trans with (2 := fabs_triangle _ _). apply feq_fle, fabs_proper. ring.
      + apply fle_add2; apply sup_dist_ge; exact Ht.
  Qed.

  (** States on one line are as far apart as their parameters. *)
  Lemma sup_dist_scaled d x y u v r :
    0 <= r -> (forall t, (t < d)%nat -> fabs (x t - y t) <= r * fabs (u t - v t)) ->
    sup_dist d x y <= r * sup_dist d u v.
  Proof.
    intros Hr H. apply sup_dist_le; [apply fle_mul; [exact Hr | apply sup_dist_nonneg]|].
    intros t Ht. apply fle_trans with (1 := H t Ht). apply fle_scale; [exact Hr|].
    apply sup_dist_ge. exact Ht.
  Qed.
End SupNorm.

Arguments sup_dist {F}. Arguments sup_dist_ge {F}. Arguments sup_dist_le {F}.
Arguments sup_dist_nonneg {F}. Arguments sup_dist_scaled {F}.
