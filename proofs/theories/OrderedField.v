(** * Ordered fields, and finite sums in them

    Coherences such as [1 / sqrt(2d - 1)] are no rationals, and the reals of the standard
    library rest on axioms.  So T12, T13 and T17 are proved over any ordered field whose
    order can be decided; a square root that is needed is an element with the right
    square.  [rationals] is the instance at [Q].  The order is a preorder up to [==],
    total, compatible with sums and products.

    Source: textbook. *)

From Coq Require Import Setoid Morphisms Ring Field InitialRing Arith Lia ZArith QArith Qfield.
From Counterproof Require Import Sums.

Record ordered_field := {
  element :> Type;
  fzero : element; fone : element;
  fadd : element -> element -> element; fmul : element -> element -> element;
  fsub : element -> element -> element; fopp : element -> element;
  fdiv : element -> element -> element; finv : element -> element;
  feq : element -> element -> Prop; fle : element -> element -> Prop;
  feq_equivalence : Equivalence feq;
  fext : ring_eq_ext fadd fmul fopp feq;
  finv_ext : Proper (feq ==> feq) finv;
  flaws : field_theory fzero fone fadd fmul fsub fopp fdiv finv feq;
  fle_ext : Proper (feq ==> feq ==> iff) fle;
  fle_dec : forall x y, {fle x y} + {~ fle x y};
  fle_total : forall x y, fle x y \/ fle y x;
  fle_trans : forall x y z, fle x y -> fle y z -> fle x z;
  fle_antisym : forall x y, fle x y -> fle y x -> feq x y;
  fle_add : forall x y z, fle x y -> fle (fadd x z) (fadd y z);
  fle_mul : forall x y, fle fzero x -> fle fzero y -> fle fzero (fmul x y)
}.

Arguments fzero {_}. Arguments fone {_}. Arguments fadd {_}. Arguments fmul {_}.
Arguments fsub {_}. Arguments fopp {_}. Arguments fdiv {_}. Arguments finv {_}.
Arguments feq {_}. Arguments fle {_}. Arguments fle_dec {_}. Arguments fle_total {_}.
Arguments fle_trans {_}. Arguments fle_antisym {_}. Arguments fle_add {_}. Arguments fle_mul {_}.

Declare Scope field_scope.
Delimit Scope field_scope with F.
Bind Scope field_scope with element.
Notation "0" := fzero : field_scope.
Notation "1" := fone : field_scope.
Notation "x + y" := (fadd x y) : field_scope.
Notation "x * y" := (fmul x y) : field_scope.
Notation "x - y" := (fsub x y) : field_scope.
Notation "x / y" := (fdiv x y) : field_scope.
Notation "- x" := (fopp x) : field_scope.
Notation "/ x" := (finv x) : field_scope.
Notation "x == y" := (feq x y) : field_scope.
Notation "x <= y" := (fle x y) : field_scope.
Notation "x < y" := (~ fle y x) : field_scope.
Local Open Scope field_scope.

Global Existing Instance feq_equivalence.
Global Existing Instance finv_ext.
Global Existing Instance fle_ext.
Global Instance fadd_proper (F : ordered_field) : Proper (feq ==> feq ==> feq) (@fadd F).
Proof. exact (Radd_ext (fext F)). Qed.
Global Instance fmul_proper (F : ordered_field) : Proper (feq ==> feq ==> feq) (@fmul F).
Proof. exact (Rmul_ext (fext F)). Qed.
Global Instance fopp_proper (F : ordered_field) : Proper (feq ==> feq) (@fopp F).
Proof. exact (Ropp_ext (fext F)). Qed.

Notation fsum := (sum fzero fadd).

Section OrderedField.
  Variable F : ordered_field.
  Implicit Types x y z u a b : F.

  Definition fring := F_R (flaws F).
  Add Field ordered_field_field : (flaws F) (setoid (feq_equivalence F) (fext F)).

  Global Instance fsub_proper : Proper (feq ==> feq ==> feq) (@fsub F).
  Proof. intros x x' Hx y y' Hy. rewrite !(Rsub_def fring), Hx, Hy. reflexivity. Qed.
  Global Instance fdiv_proper : Proper (feq ==> feq ==> feq) (@fdiv F).
  Proof. intros x x' Hx y y' Hy. rewrite !(Fdiv_def (flaws F)), Hx, Hy. reflexivity. Qed.

  (** ** The order *)

  Lemma fle_refl x : x <= x.
  Proof. destruct (fle_total x x); assumption. Qed.

  Lemma feq_fle x y : x == y -> x <= y.
  Proof. intros ->. apply fle_refl. Qed.

  Lemma flt_fle x y : x < y -> x <= y.
  Proof. intros H. destruct (fle_total x y); [assumption | contradiction]. Qed.

  (** What [linear] uses: an inequality with the same difference of its sides. *)
  Lemma fle_shift x y a b : x <= y -> b - a == y - x -> a <= b.
  Proof.
    intros H E. apply (fle_add x y (a - x)) in H.
    assert (E1 : x + (a - x) == a) by ring. rewrite E1 in H.
    assert (E2 : y + (a - x) == b).
    { transitivity (y - x + a); [ring|]. rewrite <- E. ring. }
    rewrite E2 in H. exact H.
  Qed.

  Ltac linear H := refine (fle_shift _ _ _ _ H _); ring.

  Lemma fle_add2 x y z u : x <= y -> z <= u -> x + z <= y + u.
  Proof.
    intros H H'. apply fle_trans with (y + z); [apply fle_add; exact H | linear H'].
  Qed.

  Lemma fle_scale a x y : 0 <= a -> x <= y -> a * x <= a * y.
  Proof.
    intros Ha H. assert (H' : 0 <= y - x) by (linear H).
    pose proof (fle_mul _ _ Ha H') as H2. linear H2.
  Qed.

  Lemma fopp_le x y : x <= y -> - y <= - x.
  Proof. intros H. linear H. Qed.

  Lemma fadd_nonneg x y : 0 <= x -> 0 <= y -> 0 <= x + y.
  Proof. intros H H'. pose proof (fle_add2 _ _ _ _ H H') as H2. linear H2. Qed.

  Lemma fsquare_nonneg x : 0 <= x * x.
  Proof.
    destruct (fle_total 0 x) as [H|H]; [apply fle_mul; assumption|].
    apply fopp_le in H. assert (E0 : - (0 : F) == 0) by ring. rewrite E0 in H.
    pose proof (fle_mul _ _ H H) as H2. linear H2.
  Qed.

  Lemma fone_nonneg : 0 <= (1 : F).
  Proof. pose proof (fsquare_nonneg 1) as H. linear H. Qed.

  Lemma fone_pos : 0 < (1 : F).
  Proof.
    intros H. apply (F_1_neq_0 (flaws F)). apply fle_antisym; [exact H | apply fone_nonneg].
  Qed.

  Lemma fpos_neq x : 0 < x -> ~ x == 0.
  Proof. intros H E. apply H. rewrite E. apply fle_refl. Qed.

  Lemma flt_le_trans x y z : x < y -> y <= z -> x < z.
  Proof. intros H H' C. apply H. apply fle_trans with z; assumption. Qed.

  Lemma fle_lt_trans x y z : x <= y -> y < z -> x < z.
  Proof. intros H H' C. apply H'. apply fle_trans with x; assumption. Qed.

  Lemma fpos_intro x : 0 <= x -> ~ x == 0 -> 0 < x.
  Proof. intros H Hne C. apply Hne. apply fle_antisym; assumption. Qed.

  Lemma fmul_eq_0 x y : x * y == 0 -> ~ x == 0 -> y == 0.
  Proof. intros H Hx. transitivity (/ x * (x * y)); [field; exact Hx | rewrite H; ring]. Qed.

  Lemma fmul_cancel a x y : ~ a == 0 -> a * x == a * y -> x == y.
  Proof.
    intros Ha H. transitivity (/ a * (a * x)); [field; exact Ha|]. rewrite H. field. exact Ha.
  Qed.

  Lemma fsquare_zero x : x * x <= 0 -> x == 0.
  Proof.
    intros H. assert (E : x * x == 0) by (apply fle_antisym; [exact H | apply fsquare_nonneg]).
    destruct (fle_dec x 0) as [H1|H1].
    - destruct (fle_dec 0 x) as [H2|H2]; [apply fle_antisym; assumption|].
      apply (fmul_eq_0 x); [exact E|]. intros E0. apply H2. rewrite E0. apply fle_refl.
    - apply (fmul_eq_0 x); [exact E | apply fpos_neq; exact H1].
  Qed.

  Lemma finv_nonneg x : 0 < x -> 0 <= / x.
  Proof.
    intros H. pose proof (fpos_neq _ H) as Hne. apply flt_fle in H.
    pose proof (fle_mul _ _ H (fsquare_nonneg (/ x))) as H2.
    assert (E : x * (/ x * / x) == / x) by (field; exact Hne). rewrite E in H2. exact H2.
  Qed.

  Lemma fmul_pos x y : 0 < x -> 0 < y -> 0 < x * y.
  Proof.
    intros Hx Hy. apply fpos_intro; [apply fle_mul; apply flt_fle; assumption|].
    intros E. apply (fpos_neq y Hy). apply (fmul_eq_0 x); [exact E | apply fpos_neq; exact Hx].
  Qed.

  Lemma finv_pos x : 0 < x -> 0 < / x.
  Proof.
    intros H. pose proof (fpos_neq _ H) as Hne. apply fpos_intro; [apply finv_nonneg; exact H|].
    intros E. apply (F_1_neq_0 (flaws F)). transitivity (x * / x); [field; exact Hne|].
    rewrite E. ring.
  Qed.

  Lemma fle_cancel a x y : 0 < a -> a * x <= a * y -> x <= y.
  Proof.
    intros Ha H. apply (fle_scale (/ a)) in H; [|apply finv_nonneg; exact Ha].
    pose proof (fpos_neq _ Ha) as Hne.
    assert (E : forall z, / a * (a * z) == z) by (intros; field; exact Hne).
    rewrite !E in H. exact H.
  Qed.

  Lemma fle_div a x y : 0 < a -> x <= y * a -> x / a <= y.
  Proof.
    intros Ha H. apply (fle_cancel a); [exact Ha|]. pose proof (fpos_neq _ Ha) as Hne.
    assert (E : a * (x / a) == x) by (field; exact Hne). rewrite E. linear H.
  Qed.

  Lemma fdiv_le a x y : 0 < a -> x * a <= y -> x <= y / a.
  Proof.
    intros Ha H. apply (fle_cancel a); [exact Ha|]. pose proof (fpos_neq _ Ha) as Hne.
    assert (E : a * (y / a) == y) by (field; exact Hne). rewrite E. linear H.
  Qed.

  (** Squares compare as their bases do. *)
  Lemma fsquare_le x y : 0 <= y -> x * x <= y * y -> x <= y.
  Proof.
    intros Hy H. destruct (fle_dec x y) as [|C]; [assumption|]. exfalso.
    assert (Hxy : 0 < x - y) by (intros C'; apply C; linear C').
    assert (Hs : 0 < x + y).
    { intros C'. apply Hxy.
    pose proof (fle_add2 _ _ _ _ C' (fle_add2 _ _ _ _ (fopp_le _ _ Hy) (fopp_le _ _ Hy))) as H2.
      linear H2. }
    apply (fmul_pos _ _ Hxy Hs). linear H.
  Qed.

  Lemma fsquare_mono x y : 0 <= x -> x <= y -> x * x <= y * y.
  Proof.
    intros Hx H. apply fle_trans with (x * y); [apply fle_scale; assumption|].
    assert (E : x * y == y * x) by ring. rewrite E. apply fle_scale; [|exact H].
    apply fle_trans with x; assumption.
  Qed.

  (** ** Absolute values *)

  Definition fabs x : F := if fle_dec 0 x then x else - x.

  Lemma fabs_cases x : (0 <= x /\ fabs x == x) \/ (x <= 0 /\ fabs x == - x).
  Proof.
    unfold fabs. destruct (fle_dec 0 x) as [H|H]; [left | right]; split; try reflexivity;
      [exact H | apply flt_fle; exact H].
  Qed.

  Lemma fabs_nonneg x : 0 <= fabs x.
  Proof.
    destruct (fabs_cases x) as [[H E]|[H E]]; rewrite E; [exact H|]. linear H.
  Qed.

  Lemma fle_fabs x : x <= fabs x.
  Proof.
    destruct (fabs_cases x) as [[H E]|[H E]]; rewrite E; [apply fle_refl|].
    pose proof (fle_add2 _ _ _ _ H H) as H2. linear H2.
  Qed.

  Lemma fopp_le_fabs x : - x <= fabs x.
  Proof.
    destruct (fabs_cases x) as [[H E]|[H E]]; rewrite E; [|apply fle_refl].
    pose proof (fle_add2 _ _ _ _ H H) as H2. linear H2.
  Qed.

  Lemma fabs_le x b : x <= b -> - x <= b -> fabs x <= b.
  Proof. destruct (fabs_cases x) as [[H E]|[H E]]; rewrite E; auto. Qed.

  Global Instance fabs_proper : Proper (feq ==> feq) fabs.
  Proof.
    intros x y E. apply fle_antisym; apply fabs_le.
    - rewrite E. apply fle_fabs.
    - rewrite E. apply fopp_le_fabs.
    - rewrite <- E. apply fle_fabs.
    - rewrite <- E. apply fopp_le_fabs.
  Qed.

  Lemma fabs_pos_eq x : 0 <= x -> fabs x == x.
  Proof.
    intros H. apply fle_antisym; [|apply fle_fabs].
    apply fabs_le; [apply fle_refl|]. pose proof (fle_add2 _ _ _ _ H H) as H2. linear H2.
  Qed.

  Lemma fabs_opp x : fabs (- x) == fabs x.
  Proof.
    apply fle_antisym; apply fabs_le.
    - apply fopp_le_fabs.
    - pose proof (fle_fabs x) as H. linear H.
    - pose proof (fopp_le_fabs (- x)) as H. linear H.
    - apply fle_fabs.
  Qed.

  Lemma fabs_sub x y : fabs (x - y) == fabs (y - x).
  Proof. rewrite <- fabs_opp. apply fabs_proper. ring. Qed.

  Lemma fabs_triangle x y : fabs (x + y) <= fabs x + fabs y.
  Proof.
    apply fabs_le.
    - apply fle_add2; apply fle_fabs.
    - pose proof (fle_add2 _ _ _ _ (fopp_le_fabs x) (fopp_le_fabs y)) as H. linear H.
  Qed.

  Lemma fabs_scale a x : 0 <= a -> fabs (a * x) == a * fabs x.
  Proof.
    intros Ha. destruct (fabs_cases x) as [[H E]|[H E]].
    - rewrite E. apply fabs_pos_eq. apply fle_mul; assumption.
    - rewrite E, <- fabs_opp. transitivity (fabs (a * - x)); [apply fabs_proper; ring|].
      apply fabs_pos_eq. apply fle_mul; [exact Ha|]. linear H.
  Qed.

  Lemma fabs_square x : fabs x * fabs x == x * x.
  Proof. destruct (fabs_cases x) as [[_ E]|[_ E]]; rewrite E; ring. Qed.

  (** ** Integers in the field *)

  Definition integer (k : Z) : F := gen_phiZ 0 1 fadd fmul fopp k.

  Let morph := gen_phiZ_morph (feq_equivalence F) (fext F) fring.

  Lemma integer_0 : integer 0 == 0.
  Proof. exact (morph0 morph). Qed.
  Lemma integer_1 : integer 1 == 1.
  Proof. exact (morph1 morph). Qed.
  Lemma integer_add k k' : integer (k + k') == integer k + integer k'.
  Proof. exact (morph_add morph k k'). Qed.
  Lemma integer_sub k k' : integer (k - k') == integer k - integer k'.
  Proof. exact (morph_sub morph k k'). Qed.
  Lemma integer_mul k k' : integer (k * k') == integer k * integer k'.
  Proof. exact (morph_mul morph k k'). Qed.
  Lemma integer_opp k : integer (- k) == - integer k.
  Proof. exact (morph_opp morph k). Qed.

  Lemma integer_nonneg k : (0 <= k)%Z -> 0 <= integer k.
  Proof.
    intros H. pattern k. apply natlike_ind; [rewrite integer_0; apply fle_refl | | exact H].
    intros l _ IH. unfold Z.succ. rewrite integer_add, integer_1.
    apply fadd_nonneg; [exact IH | apply fone_nonneg].
  Qed.

  Lemma integer_le k k' : (k <= k')%Z -> integer k <= integer k'.
  Proof.
    intros H. pose proof (integer_nonneg (k' - k) ltac:(lia)) as H'. rewrite integer_sub in H'.
    linear H'.
  Qed.

  Lemma integer_pos k : (0 < k)%Z -> 0 < integer k.
  Proof.
    intros H. apply flt_le_trans with (1 : F); [apply fone_pos|].
    rewrite <- integer_1. apply integer_le. lia.
  Qed.

  Lemma integer_le_inv k k' : integer k <= integer k' -> (k <= k')%Z.
  Proof.
    intros H. destruct (Z_le_gt_dec k k') as [|C]; [assumption|]. exfalso.
    apply (integer_pos (k - k') ltac:(lia)). rewrite integer_sub. linear H.
  Qed.

  Lemma integer_inj k k' : integer k == integer k' -> k = k'.
  Proof.
    intros E. apply Z.le_antisymm; apply integer_le_inv; rewrite E; apply fle_refl.
  Qed.

  (** ** Sums *)

  Definition fsum_ext := sum_ext F 0 1 fadd fmul fsub fopp feq (feq_equivalence F) (fext F) fring.
  Definition fsum_zero := sum_zero F 0 1 fadd fmul fsub fopp feq (feq_equivalence F) (fext F) fring.
  Definition fsum_plus := sum_plus F 0 1 fadd fmul fsub fopp feq (feq_equivalence F) (fext F) fring.
  Definition fsum_scale := sum_scale F 0 1 fadd fmul fsub fopp feq (feq_equivalence F) (fext F) fring.
  Definition fsum_minus := sum_minus F 0 1 fadd fmul fsub fopp feq (feq_equivalence F) (fext F) fring.
  Definition fsum_swap := sum_swap F 0 1 fadd fmul fsub fopp feq (feq_equivalence F) (fext F) fring.
  Definition fsum_single := sum_single F 0 1 fadd fmul fsub fopp feq (feq_equivalence F) (fext F) fring.
  Definition fsum_mul := sum_mul F 0 1 fadd fmul fsub fopp feq (feq_equivalence F) (fext F) fring.

  Lemma fsum_scale_r n a (f : nat -> F) : fsum n (fun i => f i * a) == fsum n f * a.
  Proof.
    transitivity (a * fsum n f); [rewrite <- fsum_scale; apply fsum_ext; intros; ring | ring].
  Qed.

  Lemma fsum_le n (f g : nat -> F) :
    (forall i, (i < n)%nat -> f i <= g i) -> fsum n f <= fsum n g.
  Proof.
    induction n as [|n IH]; intros H; simpl; [apply fle_refl|].
    apply fle_add2; [apply IH; intros; apply H; lia | apply H; lia].
  Qed.

  Lemma fsum_nonneg n (f : nat -> F) :
    (forall i, (i < n)%nat -> 0 <= f i) -> 0 <= fsum n f.
  Proof.
    intros H. apply fle_trans with (fsum n (fun _ => 0 : F)).
    - rewrite fsum_zero by reflexivity. apply fle_refl.
    - apply fsum_le. exact H.
  Qed.

  Lemma fsum_term_le n (f : nat -> F) q :
    (q < n)%nat -> (forall i, (i < n)%nat -> 0 <= f i) -> f q <= fsum n f.
  Proof.
    intros Hq H. apply fle_trans with (fsum n (fun i => if Nat.eqb i q then f i else 0)).
    - rewrite (fsum_single n q _ Hq).
      + rewrite Nat.eqb_refl. apply fle_refl.
      + intros i _ Hne. apply Nat.eqb_neq in Hne. rewrite Hne. reflexivity.
    - apply fsum_le. intros i Hi. destruct (Nat.eqb_spec i q); [apply fle_refl | auto].
  Qed.

  Lemma fsum_const n a : fsum n (fun _ => a) == integer (Z.of_nat n) * a.
  Proof.
    induction n as [|n IH]; [change ((0 : F) == 0 * a); ring|]. cbn [sum].
    rewrite IH, Nat2Z.inj_succ. unfold Z.succ. rewrite integer_add, integer_1. ring.
  Qed.

  Lemma fsum_abs n (f : nat -> F) : fabs (fsum n f) <= fsum n (fun i => fabs (f i)).
  Proof.
    induction n as [|n IH]; simpl.
    - rewrite fabs_pos_eq by apply fle_refl. apply fle_refl.
    - apply fle_trans with (1 := fabs_triangle _ _). apply fle_add. exact IH.
  Qed.

  Lemma integer_sum n (f : nat -> Z) : integer (zsum n f) == fsum n (fun i => integer (f i)).
  Proof.
    induction n as [|n IH]; [apply integer_0|]. cbn [sum]. rewrite integer_add, IH. reflexivity.
  Qed.

  (** The Kronecker delta picks one term. *)
  Definition fdelta (i j : nat) : F := if Nat.eqb i j then 1 else 0.

  Lemma fdelta_same i : fdelta i i == 1.
  Proof. unfold fdelta. rewrite Nat.eqb_refl. reflexivity. Qed.

  Lemma fdelta_other i j : i <> j -> fdelta i j == 0.
  Proof. unfold fdelta. intros H. apply Nat.eqb_neq in H. rewrite H. reflexivity. Qed.

  Lemma fdelta_sym i j : fdelta i j == fdelta j i.
  Proof. unfold fdelta. rewrite Nat.eqb_sym. reflexivity. Qed.

  Lemma fsum_delta n q (f : nat -> F) : (q < n)%nat -> fsum n (fun i => fdelta q i * f i) == f q.
  Proof.
    intros Hq. rewrite (fsum_single n q _ Hq); [rewrite fdelta_same; ring|].
    intros i _ Hne. rewrite fdelta_other by auto. ring.
  Qed.
End OrderedField.

Arguments fabs {F}. Arguments integer {F}. Arguments fdelta {F}.
Arguments fle_refl {F}. Arguments feq_fle {F}. Arguments flt_fle {F}. Arguments fle_shift {F}.
Arguments fle_add2 {F}. Arguments fle_scale {F}. Arguments fopp_le {F}.
Arguments fadd_nonneg {F}. Arguments fsquare_nonneg {F}. Arguments fpos_neq {F}.
Arguments flt_le_trans {F}. Arguments fle_lt_trans {F}. Arguments fpos_intro {F}.
Arguments fmul_eq_0 {F}. Arguments fmul_cancel {F}. Arguments fsquare_zero {F}.
Arguments finv_nonneg {F}. Arguments finv_pos {F}. Arguments fmul_pos {F}.
Arguments fle_cancel {F}. Arguments fle_div {F}. Arguments fdiv_le {F}.
Arguments fsquare_le {F}. Arguments fsquare_mono {F}.
Arguments fabs_cases {F}. Arguments fabs_nonneg {F}. Arguments fle_fabs {F}.
Arguments fopp_le_fabs {F}. Arguments fabs_le {F}. Arguments fabs_pos_eq {F}.
Arguments fabs_opp {F}. Arguments fabs_sub {F}. Arguments fabs_triangle {F}.
Arguments fabs_scale {F}. Arguments fabs_square {F}.
Arguments integer_add {F}. Arguments integer_sub {F}. Arguments integer_mul {F}.
Arguments integer_opp {F}. Arguments integer_nonneg {F}. Arguments integer_le {F}.
Arguments integer_pos {F}. Arguments integer_le_inv {F}. Arguments integer_inj {F}.
Arguments fsum_ext {F}. Arguments fsum_zero {F}. Arguments fsum_plus {F}.
Arguments fsum_scale {F}. Arguments fsum_minus {F}. Arguments fsum_swap {F}.
Arguments fsum_single {F}. Arguments fsum_mul {F}. Arguments fsum_scale_r {F}.
Arguments fsum_le {F}. Arguments fsum_nonneg {F}. Arguments fsum_term_le {F}.
Arguments fsum_const {F}. Arguments fsum_abs {F}. Arguments integer_sum {F}.
Arguments fdelta_same {F}. Arguments fdelta_other {F}. Arguments fdelta_sym {F}.
Arguments fsum_delta {F}.

(** ** The rationals *)

Lemma Qle_decidable x y : {(x <= y)%Q} + {~ (x <= y)%Q}.
Proof. destruct (Qlt_le_dec y x) as [H|H]; [right; apply Qlt_not_le; exact H | left; exact H]. Defined.

Lemma Qle_either x y : (x <= y)%Q \/ (y <= x)%Q.
Proof. destruct (Qlt_le_dec x y) as [H|H]; [left; apply Qlt_le_weak; exact H | right; exact H]. Qed.

Lemma Qle_plus x y z : (x <= y)%Q -> (x + z <= y + z)%Q.
Proof. intros H. apply Qplus_le_compat; [exact H | apply Qle_refl]. Qed.

Definition rationals : ordered_field := {|
  element := Q; fzero := 0%Q; fone := 1%Q; fadd := Qplus; fmul := Qmult; fsub := Qminus;
  fopp := Qopp; fdiv := Qdiv; finv := Qinv; feq := Qeq; fle := Qle;
  feq_equivalence := Q_Setoid; fext := Q_ring_ext; finv_ext := Qinv_comp; flaws := Qsft;
  fle_ext := Qle_comp; fle_dec := Qle_decidable; fle_total := Qle_either;
  fle_trans := Qle_trans; fle_antisym := Qle_antisym; fle_add := Qle_plus;
  fle_mul := Qmult_le_0_compat
|}.

(** An inequality with the same difference of its sides; [ring] has to know the field. *)
Ltac linear H := refine (fle_shift _ _ _ _ H _); ring.

Lemma rational_integer (k : Z) : (integer (F := rationals) k == inject_Z k)%Q.
Proof.
  assert (H : forall l, (0 <= l)%Z -> (integer (F := rationals) l == inject_Z l)%Q).
  { intros l Hl. pattern l. apply natlike_ind; [reflexivity | | exact Hl].
    intros i _ IH. unfold Z.succ. rewrite inject_Z_plus, <- IH. apply (integer_add (F := rationals)). }
  destruct (Z_le_gt_dec 0 k) as [Hk|Hk]; [apply H; exact Hk|].
  rewrite <- (Z.opp_involutive k), inject_Z_opp, <- H by lia. apply (integer_opp (F := rationals)).
Qed.
