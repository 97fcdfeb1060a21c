(** * T14: the numbers of a machine

    A number of [p] bits is [k 2^e] with integers [k] and [e], [|k| <= 2^p] (which allows the
    same numbers as [|k| < 2^p]); exponents are unbounded.  A rational [x] rounds to [y] when
    [y] is the nearest multiple of the unit [2^e] of the binade of [x],
    [2^(p-1) 2^e <= |x| < 2^p 2^e], and of two equally near ones the even multiple.

    Rounding is total, unique and monotone, returns numbers of [p] bits unchanged, and no
    number of [p] bits is nearer ([rounds_total], [rounds_unique], [rounds_monotone],
    [rounds_exact], [rounds_nearest]).  [round] computes it.

    A format of a machine has a least exponent and a largest number as well.  With a least
    exponent, numbers below the smallest normal one, [2^(p-1+m)], are multiples of [2^m]
    ([rounds_gradual]).  [rounds_between p lo hi f] says that the function [f] rounds [x] to
    nearest with ties to even where [x] is 0 or between [lo] and [hi] in size, and nothing
    about other [x]: it holds for [round], for gradual underflow with [2^(p-1+m) <= lo], and
    whatever happens beyond [hi].  [MachineCounting.v] assumes no more.

    Source: IEEE 754; textbook. *)

From Coq Require Import Setoid Morphisms Arith Lia ZArith QArith Qabs Qround Qpower Qfield Lqa.

Local Open Scope Q_scope.
Local Coercion inject_Z : Z >-> Q.

(** ** Definitions *)

Definition representable (p : Z) (x : Q) : Prop :=
  exists k e : Z, (Z.abs k <= 2 ^ p)%Z /\ x == k * 2 ^ e.

(** [y] is the multiple of [u] nearest to [x], the even one of two. *)
Definition nearest_multiple (u x y : Q) : Prop :=
  exists k : Z, y == k * u /\ Qabs (x - y) <= (1 # 2) * u /\
    (Qabs (x - y) == (1 # 2) * u -> Z.even k = true).

(** [x] rounds to [y] in [p] bits. *)
Definition rounds (p : Z) (x y : Q) : Prop :=
  x == 0 /\ y == 0 \/
  exists e : Z, 2 ^ (p - 1 + e) <= Qabs x < 2 ^ (p + e) /\ nearest_multiple (2 ^ e) x y.

(** With [m] for the exponent of the smallest unit. *)
Definition rounds_gradual (p m : Z) (x y : Q) : Prop :=
  Qabs x < 2 ^ (p - 1 + m) /\ nearest_multiple (2 ^ m) x y \/
  2 ^ (p - 1 + m) <= Qabs x /\ rounds p x y.

Definition rounds_between (p : Z) (lo hi : Q) (f : Q -> Q) : Prop :=
  forall x, x == 0 \/ lo <= Qabs x <= hi -> rounds p x (f x).

(** The same as functions. *)
Definition nearest_integer (x : Q) : Z :=
  let k := Qfloor x in
  match (x - k ?= 1 # 2)%Q with
  | Lt => k
  | Eq => if Z.even k then k else k + 1
  | Gt => k + 1
  end%Z.

(** [2^l <= |x| < 2^(l+1)]. *)
Definition magnitude (x : Q) : Z :=
  let l := (Z.log2 (Z.abs (Qnum x)) - Z.log2 (Z.pos (Qden x)))%Z in
  if Qle_bool (2 ^ l) (Qabs x) then l else (l - 1)%Z.

Definition round_to (e : Z) (x : Q) : Q := nearest_integer (x / 2 ^ e) * 2 ^ e.

Definition round (p : Z) (x : Q) : Q :=
  if Qeq_bool x 0 then 0 else round_to (magnitude x - p + 1) x.

Definition round_gradual (p m : Z) (x : Q) : Q :=
  if Qeq_bool x 0 then 0 else round_to (Z.max m (magnitude x - p + 1)) x.

(** ** Powers of two and integers among the rationals *)

Lemma power_pos e : 0 < 2 ^ e.
Proof. apply Qpower_0_lt. reflexivity. Qed.

Lemma power_add e f : 2 ^ (e + f) == 2 ^ e * 2 ^ f.
Proof. apply Qpower_plus. discriminate. Qed.

Lemma power_succ e : 2 ^ (e + 1) == 2 * 2 ^ e.
Proof. rewrite power_add. change (2 ^ 1) with 2. ring. Qed.

Lemma power_le e f : (e <= f)%Z -> 2 ^ e <= 2 ^ f.
Proof. intros H. apply Qpower_le_compat_l; [exact H | discriminate]. Qed.

Lemma power_lt_inv e f : 2 ^ e < 2 ^ f -> (e < f)%Z.
Proof. intros H. apply Qpower_lt_compat_l_inv in H; [exact H | reflexivity]. Qed.

Lemma power_integer e : (0 <= e)%Z -> 2 ^ e == (2 ^ e)%Z.
Proof. intros H. rewrite Zpower_Qpower by exact H. reflexivity. Qed.

Lemma power_one e : (0 <= e)%Z -> 1 <= 2 ^ e.
Proof. intros H. change 1 with (2 ^ 0). apply power_le. exact H. Qed.

Lemma inject_le (k l : Z) : (k <= l)%Z -> k <= l.
Proof. rewrite <- Zle_Qle. exact (fun H => H). Qed.

Lemma inject_le_inv (k l : Z) : k <= l -> (k <= l)%Z.
Proof. rewrite <- Zle_Qle. exact (fun H => H). Qed.

Lemma inject_lt (k l : Z) : (k < l)%Z -> k < l.
Proof. rewrite <- Zlt_Qlt. exact (fun H => H). Qed.

Lemma inject_lt_inv (k l : Z) : k < l -> (k < l)%Z.
Proof. rewrite <- Zlt_Qlt. exact (fun H => H). Qed.

Lemma inject_succ (k : Z) : inject_Z (k + 1) == k + 1.
Proof. rewrite inject_Z_plus. reflexivity. Qed.

Lemma inject_minus (k l : Z) : inject_Z (k - l) == k - l.
Proof. unfold Z.sub. rewrite inject_Z_plus, inject_Z_opp. reflexivity. Qed.

Lemma multiple_le (k l : Z) u : 0 < u -> (k <= l)%Z -> k * u <= l * u.
Proof. intros Hu H. apply Qmult_le_compat_r; [apply inject_le; exact H | lra]. Qed.

Lemma multiple_lt (k l : Z) u : 0 < u -> (k < l)%Z -> k * u + u <= l * u.
Proof.
  intros Hu H. pose proof (multiple_le (k + 1) l u Hu ltac:(lia)) as H'.
  rewrite inject_succ in H'. lra.
Qed.

Lemma multiple_le_inv (k l : Z) u : 0 < u -> k * u < l * u + u -> (k <= l)%Z.
Proof.
  intros Hu H. destruct (Z_le_gt_dec k l) as [|C]; [assumption|]. exfalso.
  pose proof (multiple_lt l k u Hu ltac:(lia)). lra.
Qed.

(** A multiple of a power of two is one of a smaller power. *)
Lemma multiple_finer (k e f : Z) : (e <= f)%Z -> k * 2 ^ f == (k * 2 ^ (f - e))%Z * 2 ^ e.
Proof.
  intros H. rewrite inject_Z_mult, <- power_integer by lia.
  rewrite <- Qmult_assoc, <- power_add. replace (f - e + e)%Z with f by lia. reflexivity.
Qed.

Lemma Qabs_cases x : 0 <= x /\ Qabs x == x \/ x <= 0 /\ Qabs x == - x.
Proof.
  destruct (Qlt_le_dec x 0) as [H|H]; [right | left]; (split; [lra|]);
    [apply Qabs_neg | apply Qabs_pos]; lra.
Qed.

Lemma Qabs_0 x : Qabs x <= 0 -> x == 0.
Proof. intros H. destruct (Qabs_cases x); lra. Qed.

(** ** The nearest multiple *)

Global Instance nearest_multiple_proper :
  Proper (Qeq ==> Qeq ==> Qeq ==> iff) nearest_multiple.
Proof.
  intros u u' Hu x x' Hx y y' Hy. unfold nearest_multiple.
  split; intros [k H]; exists k.
  - rewrite <- Hu, <- Hx, <- Hy. exact H.
  - rewrite Hu, Hx, Hy. exact H.
Qed.

Lemma nearest_multiple_opp u x y : nearest_multiple u x y -> nearest_multiple u (- x) (- y).
Proof.
  intros [k [E [H T]]]. exists (- k)%Z.
  assert (Ea : Qabs (- x - - y) == Qabs (x - y)).
  { rewrite <- Qabs_opp. apply Qabs_wd. ring. }
  rewrite Ea, Z.even_opp. split; [|split; [exact H | exact T]].
  rewrite E, inject_Z_opp. ring.
Qed.

Lemma nearest_multiple_monotone u x x' y y' :
  0 < u -> x <= x' -> nearest_multiple u x y -> nearest_multiple u x' y' -> y <= y'.
Proof.
  intros Hu Hx [k [E [H T]]] [k' [E' [H' T']]].
  destruct (Z_le_gt_dec k k') as [Hk|Hk].
  { rewrite E, E'. apply multiple_le; assumption. }
  exfalso. pose proof (multiple_lt k' k u Hu ltac:(lia)) as Hm.
  apply Qabs_Qle_condition in H. apply Qabs_Qle_condition in H'.
  assert (Ex : x - y == - ((1 # 2) * u)) by lra. assert (Ex' : x' - y' == (1 # 2) * u) by lra.
  assert (Hk1 : (k <= k' + 1)%Z).
  { apply (multiple_le_inv _ _ u Hu). rewrite inject_succ. lra. }
  assert (k = k' + 1)%Z as -> by lia.
  assert (He : Z.even (k' + 1) = true).
  { apply T. rewrite Ex, Qabs_opp. apply Qabs_pos. lra. }
  assert (He' : Z.even k' = true).
  { apply T'. rewrite Ex'. apply Qabs_pos. lra. }
  rewrite Z.even_add, He' in He. discriminate He.
Qed.

Lemma nearest_multiple_exact u (k : Z) : 0 < u -> nearest_multiple u (k * u) (k * u).
Proof.
  intros Hu. exists k. assert (E : Qabs (k * u - k * u) == 0).
  { setoid_replace (k * u - k * u) with 0 by ring. reflexivity. }
  rewrite E. split; [reflexivity|]. split; [lra | intros C; lra].
Qed.

(** No multiple is nearer. *)
Lemma nearest_multiple_nearest u x y (j : Z) :
  0 < u -> nearest_multiple u x y -> Qabs (x - y) <= Qabs (x - j * u).
Proof.
  intros Hu [k [E [H _]]]. destruct (Z.eq_dec j k) as [->|Hne]; [rewrite E; apply Qle_refl|].
  apply Qle_trans with (1 := H). apply Qabs_Qle_condition in H.
  destruct (Z_lt_le_dec j k) as [Hj|Hj].
  - pose proof (multiple_lt j k u Hu Hj). rewrite Qabs_pos; lra.
  - pose proof (multiple_lt k j u Hu ltac:(lia)). rewrite Qabs_neg; lra.
Qed.

Lemma nearest_integer_spec x : nearest_multiple 1 x (nearest_integer x).
Proof.
  exists (nearest_integer x). split; [ring|]. unfold nearest_integer.
  pose proof (Qfloor_le x) as H1. pose proof (Qlt_floor x) as H2. set (k := Qfloor x) in *.
  rewrite inject_succ in H2.
  destruct (Qcompare_spec (x - k) (1 # 2)) as [C|C|C].
  - destruct (Z.even k) eqn:Ek.
    + rewrite Qabs_pos by lra. split; [lra | intros; exact Ek].
    + rewrite inject_succ. rewrite Qabs_neg by lra.
      split; [lra|]. intros _. rewrite Z.even_add, Ek. reflexivity.
  - rewrite Qabs_pos by lra. split; [lra | intros; lra].
  - rewrite inject_succ. rewrite Qabs_neg by lra.
    split; [lra | intros; lra].
Qed.

Lemma round_to_spec e x : nearest_multiple (2 ^ e) x (round_to e x).
Proof.
  unfold round_to. pose proof (power_pos e) as Hu. set (u := 2 ^ e) in *.
  destruct (nearest_integer_spec (x / u)) as [k [E [H T]]].
  assert (Ek : nearest_integer (x / u) = k).
  { apply Z.le_antisymm; apply inject_le_inv; lra. }
  exists k. rewrite Ek in *. split; [reflexivity|].
  assert (Ea : Qabs (x - k * u) == Qabs (x / u - k) * u).
  { transitivity (Qabs (x / u - k) * Qabs u); [|rewrite (Qabs_pos u) by lra; reflexivity].
    rewrite <- Qabs_Qmult. apply Qabs_wd. field. lra. }
  rewrite Ea. split.
  - apply Qle_trans with ((1 # 2) * u); [apply Qmult_le_compat_r; [exact H | lra] | lra].
  - intros Et. apply T. apply Qmult_inj_r with u; [lra|]. rewrite Et. field.
Qed.

(** ** Binades *)

Lemma magnitude_spec x : ~ x == 0 -> 2 ^ magnitude x <= Qabs x < 2 ^ (magnitude x + 1).
Proof.
  intros Hx. unfold magnitude.
  set (a := Z.abs (Qnum x)). set (b := Z.pos (Qden x)).
  assert (Ha : (0 < a)%Z).
  { unfold a. assert (Qnum x <> 0%Z); [|lia]. intros C. apply Hx.
    destruct x as [num den]. simpl in C. subst. reflexivity. }
  assert (Hb : (0 < b)%Z) by (unfold b; lia).
  assert (Ex : Qabs x * b == a).
  { unfold a, b. destruct x as [num den]. simpl. unfold Qeq. simpl. lia. }
  pose proof (Z.log2_spec a Ha) as [A1 A2]. pose proof (Z.log2_spec b Hb) as [B1 B2].
  pose proof (Z.log2_nonneg a) as La. pose proof (Z.log2_nonneg b) as Lb.
  set (la := Z.log2 a) in *. set (lb := Z.log2 b) in *.
  rewrite <- Z.add_1_r in A2, B2.
  apply inject_le in A1. apply inject_lt in A2. apply inject_le in B1. apply inject_lt in B2.
  rewrite <- power_integer in A1, A2, B1, B2 by lia.
  rewrite power_succ in A2, B2. set (l := (la - lb)%Z).
  assert (El : 2 ^ la == 2 ^ l * 2 ^ lb).
  { rewrite <- power_add. replace (l + lb)%Z with la by lia. reflexivity. }
  rewrite El in A1, A2. pose proof (power_pos l) as Pl. pose proof (power_pos lb) as Pb.
  assert (Hn : 0 < Qabs x) by (apply Qnot_le_lt; intros C; apply Hx, Qabs_0, C).
  assert (Hup : Qabs x < 2 * 2 ^ l).
  { apply Qnot_le_lt. intros C. apply (Qlt_irrefl a).
    apply Qlt_le_trans with (1 := A2). rewrite <- Ex.
    apply Qle_trans with (2 * 2 ^ l * b); [|apply Qmult_le_compat_r; lra].
    rewrite Qmult_assoc. apply Qmult_le_l; lra. }
  assert (Hlow : 2 ^ l < 2 * Qabs x).
  { apply Qnot_le_lt. intros C. apply (Qlt_irrefl a).
    apply Qlt_le_trans with (2 ^ l * 2 ^ lb); [|exact A1]. rewrite <- Ex.
    apply Qlt_le_trans with (2 * Qabs x * 2 ^ lb); [|apply Qmult_le_compat_r; lra].
    setoid_replace (2 * Qabs x * 2 ^ lb) with (Qabs x * (2 * 2 ^ lb)) by ring.
    apply Qmult_lt_l; lra. }
  destruct (Qle_bool (2 ^ l) (Qabs x)) eqn:D.
  - apply Qle_bool_iff in D. rewrite power_succ. split; [exact D | exact Hup].
  - assert (D' : Qabs x < 2 ^ l).
    { apply Qnot_le_lt. intros C. apply Qle_bool_iff in C. congruence. }
    replace (l - 1 + 1)%Z with l by lia. split; [|exact D'].
    assert (E2 : 2 ^ l == 2 * 2 ^ (l - 1)).
    { rewrite <- power_succ. replace (l - 1 + 1)%Z with l by lia. reflexivity. }
    rewrite E2 in Hlow. lra.
Qed.

Section Precision.
  Variable p : Z.
  Hypothesis p_pos : (1 <= p)%Z.

  Global Instance rounds_proper : Proper (Qeq ==> Qeq ==> iff) (rounds p).
  Proof.
    intros x x' Hx y y' Hy. unfold rounds.
    split; (intros [[H1 H2]|[e [H1 H2]]]; [left|right; exists e]).
    - rewrite <- Hx, <- Hy. auto.
    - rewrite <- Hx, <- Hy. auto.
    - rewrite Hx, Hy. auto.
    - rewrite Hx, Hy. auto.
  Qed.

  Global Instance representable_proper : Proper (Qeq ==> iff) (representable p).
  Proof.
    intros x x' E. split; intros [k [e [H H']]]; exists k, e; (split; [exact H|]);
      [rewrite <- E | rewrite E]; exact H'.
  Qed.

  Lemma binade x : ~ x == 0 -> exists e, 2 ^ (p - 1 + e) <= Qabs x < 2 ^ (p + e).
  Proof.
    intros H. exists (magnitude x - p + 1)%Z.
    replace (p - 1 + (magnitude x - p + 1))%Z with (magnitude x) by lia.
    replace (p + (magnitude x - p + 1))%Z with (magnitude x + 1)%Z by lia.
    apply magnitude_spec. exact H.
  Qed.

  Lemma binade_le x x' e e' :
    2 ^ (p - 1 + e) <= Qabs x -> Qabs x <= Qabs x' -> Qabs x' < 2 ^ (p + e') -> (e <= e')%Z.
  Proof.
    intros H1 H2 H3. assert (H : 2 ^ (p - 1 + e) < 2 ^ (p + e')) by lra.
    apply power_lt_inv in H. lia.
  Qed.

  (** A unit is one of the [2^(p-1)] and [2^p] units at the ends of its binade. *)
  Lemma unit_low e : 2 ^ (p - 1 + e) == (2 ^ (p - 1))%Z * 2 ^ e.
  Proof. rewrite power_add, power_integer by lia. reflexivity. Qed.

  Lemma unit_high e : 2 ^ (p + e) == (2 ^ p)%Z * 2 ^ e.
  Proof. rewrite power_add, power_integer by lia. reflexivity. Qed.

  (** The ends of a binade are on its grid, so rounding does not leave it. *)
  Lemma nearest_multiple_low e x y :
    2 ^ (p - 1 + e) <= x -> nearest_multiple (2 ^ e) x y -> 2 ^ (p - 1 + e) <= y.
  Proof.
    intros H N. apply (nearest_multiple_monotone (2 ^ e) (2 ^ (p - 1 + e)) x);
      [apply power_pos | exact H | | exact N].
    rewrite unit_low. apply nearest_multiple_exact. apply power_pos.
  Qed.

  Lemma nearest_multiple_high e x y :
    x <= 2 ^ (p + e) -> nearest_multiple (2 ^ e) x y -> y <= 2 ^ (p + e).
  Proof.
    intros H N. apply (nearest_multiple_monotone (2 ^ e) x (2 ^ (p + e)));
      [apply power_pos | exact H | exact N |].
    rewrite unit_high. apply nearest_multiple_exact. apply power_pos.
  Qed.

  Lemma nearest_multiple_sign u x y : 0 < u -> 0 <= x -> nearest_multiple u x y -> 0 <= y.
  Proof.
    intros Hu H N. apply (nearest_multiple_monotone u 0 x _ _ Hu H); [|exact N].
    setoid_replace 0 with (0%Z * u) by ring. apply nearest_multiple_exact. exact Hu.
  Qed.

  (** ** Rounding *)

  Lemma rounds_opp x y : rounds p x y -> rounds p (- x) (- y).
  Proof.
    intros [[H1 H2]|[e [H1 H2]]]; [left; lra|right; exists e].
    rewrite Qabs_opp. split; [exact H1 | apply nearest_multiple_opp; exact H2].
  Qed.

  Lemma rounds_nonneg x y : 0 <= x -> rounds p x y -> 0 <= y.
  Proof.
    intros H [[_ E]|[e [_ N]]]; [lra|].
    apply (nearest_multiple_sign (2 ^ e) x); [apply power_pos | exact H | exact N].
  Qed.

  Lemma rounds_monotone_nonneg x x' y y' :
    0 <= x -> x <= x' -> rounds p x y -> rounds p x' y' -> y <= y'.
  Proof.
    intros Hx Hxx R R'. pose proof (rounds_nonneg x' y' ltac:(lra) R') as Hy'.
    destruct R as [[_ E]|[e [[B1 B2] N]]]; [lra|].
    destruct R' as [[E' _]|[e' [[B1' B2'] N']]].
    { exfalso. pose proof (power_pos (p - 1 + e)).
      rewrite Qabs_pos in B1 by exact Hx. lra. }
    pose proof (Qabs_pos x Hx) as A. pose proof (Qabs_pos x' ltac:(lra)) as A'.
    assert (He : (e <= e')%Z) by (apply (binade_le x x'); lra).
    destruct (Z.eq_dec e e') as [->|Hne].
    - apply (nearest_multiple_monotone (2 ^ e') x x'); [apply power_pos | | |]; assumption.
    - apply Qle_trans with (2 ^ (p + e)); [apply (nearest_multiple_high e x); [lra | exact N]|].
      apply Qle_trans with (2 ^ (p - 1 + e')); [apply power_le; lia|].
      apply (nearest_multiple_low e' x'); [lra | exact N'].
  Qed.

  Theorem rounds_monotone x x' y y' : x <= x' -> rounds p x y -> rounds p x' y' -> y <= y'.
  Proof.
    intros H R R'. destruct (Qlt_le_dec x 0) as [Hx|Hx].
    - apply rounds_opp in R. destruct (Qlt_le_dec x' 0) as [Hx'|Hx'].
      + apply rounds_opp in R'.
        pose proof (rounds_monotone_nonneg (- x') (- x) (- y') (- y) ltac:(lra) ltac:(lra) R' R). lra.
      + pose proof (rounds_nonneg _ _ Hx' R').
        pose proof (rounds_nonneg (- x) (- y) ltac:(lra) R). lra.
    - apply (rounds_monotone_nonneg x x'); assumption.
  Qed.

  Theorem rounds_unique x y y' : rounds p x y -> rounds p x y' -> y == y'.
  Proof.
    intros R R'. apply Qle_antisym; apply (rounds_monotone x x); (apply Qle_refl || assumption).
  Qed.

  Theorem rounds_representable x y : rounds p x y -> representable p y.
  Proof.
    intros [[_ E]|[e [[B1 B2] N]]].
    { exists 0%Z, 0%Z. split; [simpl; apply Z.pow_nonneg; lia | rewrite E; ring]. }
    destruct N as [k [E H]].
    exists k, e. split; [|exact E]. pose proof (power_pos e) as Hu.
    assert (N : nearest_multiple (2 ^ e) x y) by (exists k; auto).
    assert (B : y <= 2 ^ (p + e) /\ - y <= 2 ^ (p + e)).
    { destruct (Qabs_cases x) as [[S A]|[S A]]; split.
      - apply (nearest_multiple_high e x); [lra | exact N].
      - apply (nearest_multiple_high e (- x)); [lra | apply nearest_multiple_opp; exact N].
      - apply (nearest_multiple_high e x); [lra | exact N].
      - apply (nearest_multiple_high e (- x)); [lra | apply nearest_multiple_opp; exact N]. }
    rewrite unit_high, E in B. destruct B as [Bu Bl].
    assert (k <= 2 ^ p)%Z by (apply (multiple_le_inv _ _ (2 ^ e) Hu); lra).
    assert (- k <= 2 ^ p)%Z; [|lia].
    apply (multiple_le_inv _ _ (2 ^ e) Hu). rewrite inject_Z_opp. lra.
  Qed.

  Theorem rounds_exact x : representable p x -> rounds p x x.
  Proof.
    intros [k [e [Hk E]]]. destruct (Qeq_dec x 0) as [H0|H0]; [left; auto|right].
    destruct (binade x H0) as [f [B1 B2]]. exists f. split; [auto|].
    pose proof (power_pos e) as Hu.
    destruct (Z_le_gt_dec f e) as [Hfe|Hfe].
    { rewrite E, (multiple_finer k f e Hfe). apply nearest_multiple_exact. apply power_pos. }
    assert (Ea : Qabs x == (Z.abs k) * 2 ^ e).
    { rewrite E, Qabs_Qmult, (Qabs_pos (2 ^ e)) by lra. reflexivity. }
    assert (Hle : Qabs x <= 2 ^ (p + e)).
    { rewrite Ea, unit_high. apply multiple_le; assumption. }
    assert (Hf : f = (e + 1)%Z).
    { assert (Hp : 2 ^ (p - 1 + f) < 2 ^ (p + (e + 1))).
      { replace (p + (e + 1))%Z with (p + e + 1)%Z by lia. rewrite power_succ.
        pose proof (power_pos (p + e)). lra. }
      apply power_lt_inv in Hp. lia. }
    subst f. replace (p - 1 + (e + 1))%Z with (p + e)%Z in B1 by lia.
    assert (Hk2 : Z.abs k = (2 ^ p)%Z).
    { apply Z.le_antisymm; [exact Hk|]. apply (multiple_le_inv _ _ (2 ^ e) Hu).
      rewrite <- unit_high. lra. }
    assert (Ep : (2 ^ p = 2 ^ (p - 1) * 2)%Z).
    { replace p with (p - 1 + 1)%Z at 1 by lia. rewrite Z.pow_add_r by lia. reflexivity. }
    assert (Ex : exists j : Z, x == j * 2 ^ (e + 1)).
    { destruct (Z.abs_eq_or_opp k) as [A|A]; rewrite A in Hk2.
      - exists (2 ^ (p - 1))%Z. rewrite E, Hk2, Ep, inject_Z_mult, power_succ. simpl. ring.
      - exists (- 2 ^ (p - 1))%Z. replace k with (- (2 ^ p))%Z in E by lia.
        rewrite E, Ep, power_succ, !inject_Z_opp, inject_Z_mult. simpl. ring. }
    destruct Ex as [j Ej]. rewrite Ej. apply nearest_multiple_exact. apply power_pos.
  Qed.

  (** No number of [p] bits is nearer. *)
  Theorem rounds_nearest x y z : rounds p x y -> representable p z -> Qabs (x - y) <= Qabs (x - z).
  Proof.
    intros R [j [f [Hj Ez]]]. destruct R as [[Ex Ey]|[e [[B1 B2] N]]].
    { setoid_replace (x - y) with 0 by lra. apply Qabs_nonneg. }
    pose proof (power_pos e) as Hu. destruct (Z_le_gt_dec e f) as [Hef|Hef].
    { rewrite Ez, (multiple_finer j e f Hef). apply nearest_multiple_nearest; assumption. }
    set (w := 2 ^ (p - 1 + e)) in *.
    assert (Hz : Qabs z <= w).
    { rewrite Ez, Qabs_Qmult, (Qabs_pos (2 ^ f)) by (pose proof (power_pos f); lra).
      apply Qle_trans with ((2 ^ p)%Z * 2 ^ f); [apply multiple_le; [apply power_pos | exact Hj]|].
      rewrite <- unit_high. apply power_le. lia. }
    assert (Hw : w == (2 ^ (p - 1))%Z * 2 ^ e) by apply unit_low.
    apply Qabs_Qle_condition in Hz.
    destruct (Qabs_cases x) as [[Hx A]|[Hx A]]; rewrite A in B1.
    - apply Qle_trans with (Qabs (x - w)).
      + rewrite Hw. apply nearest_multiple_nearest; assumption.
      + rewrite !Qabs_pos by lra. lra.
    - apply Qle_trans with (Qabs (x - - w)).
      + setoid_replace (- w) with ((- 2 ^ (p - 1))%Z * 2 ^ e) by (rewrite Hw, inject_Z_opp; ring).
        apply nearest_multiple_nearest; assumption.
      + rewrite !Qabs_neg by lra. lra.
  Qed.

  (** ** How far, and where to *)

  (** Up to [2^l] rounding errs by at most half the unit below it. *)
  Lemma rounds_error l x y : rounds p x y -> Qabs x <= 2 ^ l -> Qabs (y - x) <= 2 ^ (l - p - 1).
  Proof.
    intros R H. pose proof (power_pos (l - p - 1)) as Hl.
    assert (Es : Qabs (y - x) == Qabs (x - y)) by (rewrite <- Qabs_opp; apply Qabs_wd; ring).
    rewrite Es. destruct R as [[Ex Ey]|[e [[B1 B2] N]]].
    { setoid_replace (x - y) with 0 by lra. change (Qabs 0) with 0. lra. }
    destruct (Z_le_gt_dec (p + e) l) as [C|C].
    - destruct N as [k [_ [Hk _]]]. apply Qle_trans with (1 := Hk).
      apply Qle_trans with (2 ^ (e - 1)); [|apply power_le; lia].
      assert (E : 2 ^ e == 2 * 2 ^ (e - 1)).
      { rewrite <- power_succ. replace (e - 1 + 1)%Z with e by lia. reflexivity. }
      rewrite E. lra.
    - assert (Hle : 2 ^ l <= 2 ^ (p - 1 + e)) by (apply power_le; lia).
      apply Qle_trans with (Qabs (x - x)).
      + apply rounds_nearest; [right; exists e; auto|].
        assert (E : Qabs x == 2 ^ (p - 1 + e)) by lra. rewrite unit_low in E.
        assert (Hp : (Z.abs (2 ^ (p - 1)) <= 2 ^ p)%Z).
        { rewrite Z.abs_eq by (apply Z.pow_nonneg; lia). apply Z.pow_le_mono_r; lia. }
        destruct (Qabs_cases x) as [[S A]|[S A]].
        * exists (2 ^ (p - 1))%Z, e. split; [exact Hp | lra].
        * exists (- 2 ^ (p - 1))%Z, e. rewrite Z.abs_opp, inject_Z_opp. split; [exact Hp | lra].
      + setoid_replace (x - x) with 0 by ring. change (Qabs 0) with 0. lra.
  Qed.

  (** [k + d] units of a binade, [|d| <= 1/2], round to [k] units. *)
  Lemma rounds_units e (k : Z) d x :
    x == (k + d) * 2 ^ e -> (2 ^ (p - 1))%Z <= k + d < (2 ^ p)%Z -> - (1 # 2) <= d <= 1 # 2 ->
    (d == 1 # 2 \/ d == - (1 # 2) -> Z.even k = true) -> rounds p x (k * 2 ^ e).
  Proof.
    intros E [H1 H2] [D1 D2] T. right. exists e. pose proof (power_pos e) as Hu.
    assert (P : 0 <= (2 ^ (p - 1))%Z) by (apply (inject_le 0), Z.pow_nonneg; lia).
    assert (Ea : Qabs x == (k + d) * 2 ^ e).
    { rewrite E. apply Qabs_pos. apply Qmult_le_0_compat; lra. }
    split; [rewrite Ea, unit_low, unit_high; split|].
    - apply Qmult_le_compat_r; lra.
    - apply Qmult_lt_r; lra.
    - exists k. split; [reflexivity|].
      assert (Ed : Qabs (x - k * 2 ^ e) == Qabs d * 2 ^ e).
      { transitivity (Qabs d * Qabs (2 ^ e)); [|rewrite (Qabs_pos (2 ^ e)) by lra; reflexivity].
        rewrite <- Qabs_Qmult. apply Qabs_wd. rewrite E. ring. }
      rewrite Ed. split.
      + apply Qmult_le_compat_r; [apply Qabs_Qle_condition; lra | lra].
      + intros C. apply T. apply Qmult_inj_r in C; [|lra].
        destruct (Qabs_cases d) as [[S A]|[S A]]; [left | right]; lra.
  Qed.

  (** [round] computes it. *)
  Theorem rounds_total x : rounds p x (round p x).
  Proof.
    unfold round. destruct (Qeq_bool x 0) eqn:D.
    - apply Qeq_bool_eq in D. left. split; [exact D | reflexivity].
    - apply Qeq_bool_neq in D. right. exists (magnitude x - p + 1)%Z.
      replace (p - 1 + (magnitude x - p + 1))%Z with (magnitude x) by lia.
      replace (p + (magnitude x - p + 1))%Z with (magnitude x + 1)%Z by lia.
      split; [apply magnitude_spec; exact D | apply round_to_spec].
  Qed.

  Lemma round_monotone x x' : x <= x' -> round p x <= round p x'.
  Proof. intros H. apply (rounds_monotone x x'); [exact H | |]; apply rounds_total. Qed.

  (** ** Gradual underflow *)

  Theorem gradual_total m x : rounds_gradual p m x (round_gradual p m x).
  Proof.
    unfold rounds_gradual, round_gradual. pose proof (power_pos (p - 1 + m)) as Hm.
    destruct (Qeq_bool x 0) eqn:D.
    - apply Qeq_bool_eq in D. left. rewrite D. split; [exact Hm|].
      setoid_replace 0 with (0%Z * 2 ^ m) by ring. apply nearest_multiple_exact. apply power_pos.
    - apply Qeq_bool_neq in D. pose proof (magnitude_spec x D) as [B1 B2].
      destruct (Qlt_le_dec (Qabs x) (2 ^ (p - 1 + m))) as [C|C].
      + left. split; [exact C|].
        assert (H : 2 ^ magnitude x < 2 ^ (p - 1 + m)) by lra. apply power_lt_inv in H.
        rewrite Z.max_l by lia. apply round_to_spec.
      + right. split; [exact C|].
        assert (H : 2 ^ (p - 1 + m) < 2 ^ (magnitude x + 1)) by lra. apply power_lt_inv in H.
        rewrite Z.max_r by lia. pose proof (rounds_total x) as R. unfold round in R.
        destruct (Qeq_bool x 0) eqn:D'; [|exact R].
        apply Qeq_bool_eq in D'. contradiction.
  Qed.

  Theorem gradual_monotone m x x' y y' :
    x <= x' -> rounds_gradual p m x y -> rounds_gradual p m x' y' -> y <= y'.
  Proof.
    intros H R R'. pose proof (power_pos m) as Hm. pose proof (power_pos (p - 1 + m)) as Hw.
    destruct R as [[C N]|[C R]], R' as [[C' N']|[C' R']].
    - apply (nearest_multiple_monotone (2 ^ m) x x'); assumption.
    - assert (Hx : 2 ^ (p - 1 + m) <= x').
      { destruct (Qabs_cases x) as [[S A]|[S A]], (Qabs_cases x') as [[S' A']|[S' A']]; lra. }
      assert (L : 2 ^ (p - 1 + m) <= y').
      { apply (rounds_monotone (2 ^ (p - 1 + m)) x'); [exact Hx | apply rounds_exact | exact R'].
        exists (2 ^ (p - 1))%Z, m. split; [|apply unit_low].
        rewrite Z.abs_eq by (apply Z.pow_nonneg; lia). apply Z.pow_le_mono_r; lia. }
      apply Qle_trans with (2 := L).
      apply (nearest_multiple_monotone (2 ^ m) x (2 ^ (p - 1 + m)) _ _ Hm).
      + apply Qlt_le_weak. apply Qle_lt_trans with (2 := C). apply Qle_Qabs.
      + exact N.
      + rewrite unit_low. apply nearest_multiple_exact. exact Hm.
    - assert (Hx : x <= - 2 ^ (p - 1 + m)).
      { destruct (Qabs_cases x) as [[S A]|[S A]], (Qabs_cases x') as [[S' A']|[S' A']]; lra. }
      assert (E : - 2 ^ (p - 1 + m) == (- 2 ^ (p - 1))%Z * 2 ^ m).
      { rewrite unit_low, inject_Z_opp. ring. }
      assert (L : y <= - 2 ^ (p - 1 + m)).
      { apply (rounds_monotone x (- 2 ^ (p - 1 + m))); [exact Hx | exact R | apply rounds_exact].
        exists (- 2 ^ (p - 1))%Z, m. split; [|exact E].
        rewrite Z.abs_opp, Z.abs_eq by (apply Z.pow_nonneg; lia). apply Z.pow_le_mono_r; lia. }
      apply Qle_trans with (1 := L).
      apply (nearest_multiple_monotone (2 ^ m) (- 2 ^ (p - 1 + m)) x' _ _ Hm).
      + pose proof (Qle_Qabs (- x')) as A. rewrite Qabs_opp in A. lra.
      + rewrite E. apply nearest_multiple_exact. exact Hm.
      + exact N'.
    - apply (rounds_monotone x x'); assumption.
  Qed.

  (** Exponents do not matter where they are in range. *)
  Lemma round_between lo hi : rounds_between p lo hi (round p).
  Proof. intros x _. apply rounds_total. Qed.

  Theorem gradual_between m lo hi :
    2 ^ (p - 1 + m) <= lo -> rounds_between p lo hi (round_gradual p m).
  Proof.
    intros Hlo x [Hx|[Hx _]].
    - left. split; [exact Hx|]. unfold round_gradual.
      destruct (Qeq_bool x 0) eqn:D; [reflexivity|]. apply Qeq_bool_neq in D. contradiction.
    - destruct (gradual_total m x) as [[C _]|[_ R]]; [lra | exact R].
  Qed.

  (** ** One number as output *)

  (** A model whose output is one number of [p] bits is right at a count only within 1/2 of
      it; so it is right at most up to [2^p], and all counts up to there are such numbers. *)
  Theorem one_number n :
    (forall c, (1 <= c <= n)%Z -> exists y, representable p y /\ Qabs (y - c) < (1 # 2)) <->
    (n <= 2 ^ p)%Z.
  Proof.
    assert (P : (0 < 2 ^ p)%Z) by (apply Z.pow_pos_nonneg; lia). split.
    - intros H. destruct (Z_le_gt_dec n (2 ^ p)) as [|Hn]; [assumption|]. exfalso.
      destruct (H (2 ^ p + 1)%Z ltac:(lia)) as [y [[k [e [Hk E]]] Hy]].
      rewrite inject_succ in Hy.
      assert (Hy' : (2 ^ p)%Z + (1 # 2) < y /\ y < (2 ^ p)%Z + (3 # 2)).
      { apply Qlt_not_le in Hy.
        split; apply Qnot_le_lt; intros C; apply Hy;
          destruct (Qabs_cases (y - ((2 ^ p)%Z + 1))) as [[S A]|[S A]]; rewrite A; lra. }
      destruct (Z_le_gt_dec e 0) as [He|He].
      + pose proof (power_le e 0 He) as H1. change (2 ^ 0) with 1 in H1.
        pose proof (power_pos e) as Hu.
        assert (Hy2 : y <= (2 ^ p)%Z * 2 ^ e) by (rewrite E; apply multiple_le; [exact Hu | lia]).
        assert (Hy3 : (2 ^ p)%Z * 2 ^ e <= (2 ^ p)%Z * 1).
        { rewrite !(Qmult_comm (2 ^ p)%Z). apply Qmult_le_compat_r; [exact H1|].
          apply (inject_le 0). lia. }
        lra.
      + rewrite (multiple_finer k 1 e) in E by lia. change (2 ^ 1) with 2 in E.
        set (j := (k * 2 ^ (e - 1))%Z) in *.
        assert (Ep : (2 ^ p = 2 ^ (p - 1) * 2)%Z).
        { replace p with (p - 1 + 1)%Z at 1 by lia. rewrite Z.pow_add_r by lia. reflexivity. }
        rewrite Ep, inject_Z_mult in Hy'. change (inject_Z 2) with 2 in Hy'.
        assert (H1 : (2 ^ (p - 1) < j)%Z) by (apply inject_lt_inv; lra).
        assert (H2 : (j < 2 ^ (p - 1) + 1)%Z).
        { apply inject_lt_inv. rewrite inject_succ. lra. }
        lia.
    - intros Hn c Hc. exists c. split.
      + exists c, 0%Z. split; [lia | ring].
      + setoid_replace (c - c) with 0 by ring. reflexivity.
  Qed.
End Precision.
