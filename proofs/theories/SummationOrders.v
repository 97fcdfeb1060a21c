(** * T14: sums in every order

    Statement.  An order in which [c] equal terms are summed is a binary tree with [c]
    leaves; [fl] rounds after every addition and is monotone.
    - The least value over all such trees is [lo(c) = min_i fl(lo(i) + lo(c - i))], the
      greatest one [hi(c) = max_i fl(hi(i) + hi(c - i))], and both are attained; so what is
      computed from the sum by a monotone function is right in every order exactly when it
      is right at [lo(c)] and [hi(c)].
    - Zeros among the terms change nothing.
    - When additions err by at most [h(|x|)], [h] increasing, and [a + a] is exact, no
      order of [c] terms [a >= 0] errs by more than
      [H(c) = H(c - 1) + h(c a + H(c - 1))], [H(1) = H(2) = 0].
    - With terms 1 every order is exact up to [c = 2^p].  So is T1 with values scaled by a
      power of two to which the context is padded: no model whose output is one number of
      [p] bits reaches further ([one_number] in [MachineNumbers.v]).

    Source: ours.  The extremes: subtrees are independent and [fl] is monotone.  The bound:
    [H] is convex, so [H(i) + H(c - i) <= H(c - 1)].  Over any ordered field; the last part
    over [Q]. *)

From Coq Require Import Setoid Field Arith Lia ZArith QArith Qabs Qpower Lqa.
From Counterproof Require Import Sums Vectors OrderedField MachineNumbers.

Local Open Scope field_scope.

(** A way to add up at least one term. *)
Inductive order :=
| term
| add (left right : order).

Fixpoint terms (t : order) : nat :=
  match t with
  | term => 1
  | add l r => terms l + terms r
  end.

(** One after another: [((a + a) + a) + ..], [c] terms. *)
Fixpoint one_by_one (c : nat) : order :=
  match c with
  | S (S _ as c') => add (one_by_one c') term
  | _ => term
  end.

Lemma terms_one_by_one c : (1 <= c)%nat -> terms (one_by_one c) = c.
Proof.
  induction c as [|[|c] IH]; intros H; [lia | reflexivity|].
  change (terms (one_by_one (S c)) + 1 = S (S c))%nat. rewrite IH by lia. lia.
Qed.

(** With [n] positions, some of which hold 0. *)
Inductive position_order :=
| position (counted : bool)
| add_positions (left right : position_order).

Fixpoint counted (t : position_order) : nat :=
  match t with
  | position b => if b then 1 else 0
  | add_positions l r => counted l + counted r
  end.

Lemma terms_pos t : (1 <= terms t)%nat.
Proof. induction t; simpl; lia. Qed.

Section Orders.
  Variable F : ordered_field.
  Add Field orders_field : (flaws F) (setoid (feq_equivalence F) (fext F)).

  Variables (fl : F -> F) (a : F).

  Fixpoint order_sum (t : order) : F :=
    match t with
    | term => a
    | add l r => fl (order_sum l + order_sum r)
    end.

  Fixpoint position_sum (t : position_order) : F :=
    match t with
    | position b => if b then a else 0
    | add_positions l r => fl (position_sum l + position_sum r)
    end.

  (** ** The extremes

      Both at once: [better] is [<=] for the least sum and [>=] for the greatest one. *)
  Section Extreme.
    Variable better : F -> F -> Prop.
    Hypothesis better_dec : forall x y, {better x y} + {~ better x y}.
    Hypothesis better_refl : forall x, better x x.
    Hypothesis better_trans : forall x y z, better x y -> better y z -> better x z.
    Hypothesis better_total : forall x y, better x y \/ better y x.
    Hypothesis better_add : forall x y x' y', better x x' -> better y y' -> better (x + y) (x' + y').
    Hypothesis better_fl : forall x y, better x y -> better (fl x) (fl y).

    (** The best of [f 0 .. f k]. *)
    Fixpoint best (f : nat -> F) (k : nat) : F :=
      match k with
      | O => f O
      | S k' => if better_dec (best f k') (f k) then best f k' else f k
      end.

    (** [extreme 1 .. extreme c]: a new one from those before it. *)
    Fixpoint extremes (c : nat) : nat -> F :=
      match c with
      | O => fun _ => a
      | S c' => fun i =>
          if Nat.ltb i c then extremes c' i
          else match c' with
               | O => a
               | S k => best (fun j => fl (extremes c' (S j) + extremes c' (c' - j))) k
               end
      end.

    Definition extreme (c : nat) : F := extremes c c.

    Lemma best_better f k i : (i <= k)%nat -> better (best f k) (f i).
    Proof.
      induction k as [|k IH]; intros Hi; simpl.
      - replace i with O by lia. apply better_refl.
      - destruct (better_dec (best f k) (f (S k))) as [D|D].
        + destruct (Nat.eq_dec i (S k)) as [->|]; [exact D | apply IH; lia].
        + destruct (Nat.eq_dec i (S k)) as [->|]; [apply better_refl|].
          apply better_trans with (best f k); [|apply IH; lia].
          destruct (better_total (best f k) (f (S k))); [contradiction | assumption].
    Qed.

    Lemma best_attained f k : exists i, (i <= k)%nat /\ best f k = f i.
    Proof.
      induction k as [|k [i [Hi E]]]; [exists O; auto|]. simpl.
      destruct (better_dec (best f k) (f (S k))); [exists i | exists (S k)]; auto.
    Qed.

    Lemma best_ext f g k : (forall i, (i <= k)%nat -> f i = g i) -> best f k = best g k.
    Proof.
      induction k as [|k IH]; intros H; simpl; [apply H; lia|].
      rewrite (IH ltac:(intros; apply H; lia)), (H (S k)) by lia. reflexivity.
    Qed.

    Lemma extremes_stable c i : (i <= c)%nat -> extremes c i = extreme i.
    Proof.
      induction c as [|c IH]; intros Hi; [replace i with O by lia; reflexivity|].
      destruct (Nat.eq_dec i (S c)) as [->|Hne]; [reflexivity|].
      cbn [extremes]. assert (E : Nat.ltb i (S c) = true) by (apply Nat.ltb_lt; lia).
      rewrite E. apply IH. lia.
    Qed.

    Lemma extreme_1 : extreme 1 = a.
    Proof. reflexivity. Qed.

    (** The recursion: parts of [j + 1] and [c - (j + 1)] terms. *)
    Lemma extreme_step k :
      extreme (S (S k)) = best (fun j => fl (extreme (S j) + extreme (S k - j))) k.
    Proof.
      unfold extreme at 1. cbn [extremes]. rewrite Nat.ltb_irrefl. apply best_ext. intros j Hj.
      change (fl (extremes (S k) (S j) + extremes (S k) (S k - j))
              = fl (extreme (S j) + extreme (S k - j))).
      rewrite !extremes_stable by lia. reflexivity.
    Qed.

    Lemma extreme_better t : better (extreme (terms t)) (order_sum t).
    Proof.
      induction t as [|l IHl r IHr]; [apply better_refl|]. cbn [terms order_sum].
      pose proof (terms_pos l) as Hl. pose proof (terms_pos r) as Hr.
      replace (terms l + terms r)%nat with (S (S (terms l + terms r - 2))) by lia.
      set (k := (terms l + terms r - 2)%nat). rewrite extreme_step.
      apply better_trans with (fl (extreme (terms l) + extreme (terms r))).
      - pose proof (best_better (fun j => fl (extreme (S j) + extreme (S k - j))) k
                      (terms l - 1) ltac:(lia)) as H.
        cbv beta in H. replace (S (terms l - 1)) with (terms l) in H by lia.
        replace (S k - (terms l - 1))%nat with (terms r) in H by lia. exact H.
      - apply better_fl. apply better_add; assumption.
    Qed.

    Lemma extreme_attained c : (1 <= c)%nat -> exists t, terms t = c /\ order_sum t = extreme c.
    Proof.
      induction c as [c IH] using lt_wf_ind. intros Hc.
      destruct c as [|[|k]]; [lia | exists term; split; reflexivity|].
      rewrite extreme_step.
      destruct (best_attained (fun j => fl (extreme (S j) + extreme (S k - j))) k) as [j [Hj E]].
      destruct (IH (S j) ltac:(lia) ltac:(lia)) as [l [Tl El]].
      destruct (IH (S k - j)%nat ltac:(lia) ltac:(lia)) as [r [Tr Er]].
      exists (add l r). cbn [terms order_sum]. rewrite E, Tl, Tr, El, Er. split; [lia | reflexivity].
    Qed.
  End Extreme.

  Definition lowest : nat -> F := extreme fle fle_dec.
  Definition highest : nat -> F := extreme (fun x y => y <= x) (fun x y => fle_dec y x).

  Section Monotone.
    Hypothesis fl_monotone : forall x y, x <= y -> fl x <= fl y.

    Theorem every_order t : lowest (terms t) <= order_sum t /\ order_sum t <= highest (terms t).
    Proof.
      split.
      - apply (extreme_better fle fle_dec fle_refl fle_trans fle_total); [|exact fl_monotone].
        intros x y x' y' H H'. apply fle_add2; assumption.
      - apply (extreme_better (fun x y => y <= x) (fun x y => fle_dec y x)).
        + apply fle_refl.
        + intros x y z H H'. apply fle_trans with y; assumption.
        + intros x y. apply fle_total.
        + intros x y x' y' H H'. apply fle_add2; assumption.
        + intros x y. apply fl_monotone.
    Qed.

    Theorem every_order_attained c : (1 <= c)%nat ->
      (exists t, terms t = c /\ order_sum t = lowest c) /\
      (exists t, terms t = c /\ order_sum t = highest c).
    Proof. intros Hc. split; apply extreme_attained; exact Hc. Qed.

    (** Right, a set without gaps, after anything monotone: two sums decide all orders. *)
    Theorem every_order_right (f : F -> F) (good : F -> Prop) c :
      (1 <= c)%nat -> (forall x y, x <= y -> f x <= f y) ->
      (forall x y z, x <= y -> y <= z -> good x -> good z -> good y) ->
      (forall t, terms t = c -> good (f (order_sum t))) <-> good (f (lowest c)) /\ good (f (highest c)).
    Proof.
      intros Hc Hf Hgood. destruct (every_order_attained c Hc) as [[t [Tt Et]] [t' [Tt' Et']]]. split.
      - intros H. rewrite <- Et, <- Et'. auto.
      - intros [H H'] s Hs. destruct (every_order s) as [L U]. rewrite Hs in L, U.
        apply (Hgood (f (lowest c)) _ (f (highest c))); auto.
    Qed.
  End Monotone.

  (** ** Zeros *)

  Theorem zeros_vanish :
    (forall x y, x == y -> fl x == fl y) -> fl 0 == 0 -> fl a == a -> (forall x, fl (fl x) == fl x) ->
    forall t, (counted t = O /\ position_sum t == 0) \/
              (exists s, terms s = counted t /\ position_sum t == order_sum s).
  Proof.
    intros Hfl H0 Ha Hi t.
    assert (Hs : forall s, fl (order_sum s) == order_sum s) by (intros [|l r]; simpl; auto).
    induction t as [[|]|l IHl r IHr]; simpl.
    - right. exists term. split; reflexivity.
    - left. split; reflexivity.
    - destruct IHl as [[Cl El]|[s [Ts Es]]], IHr as [[Cr Er]|[s' [Ts' Es']]].
      + left. split; [lia|]. rewrite (Hfl _ 0); [exact H0|]. rewrite El, Er. ring.
      + right. exists s'. split; [lia|]. rewrite <- (Hs s'). apply Hfl. rewrite El, Es'. ring.
      + right. exists s. split; [lia|]. rewrite <- (Hs s). apply Hfl. rewrite Es, Er. ring.
      + right. exists (add s s'). split; [simpl; lia|]. apply Hfl. rewrite Es, Es'. reflexivity.
  Qed.

  (** ** How far any order is off *)

  Section Error.
    Variable h : F -> F.
    Hypothesis h_nonneg : forall x, 0 <= h x.
    Hypothesis h_monotone : forall x y, 0 <= x -> x <= y -> h x <= h y.
    Hypothesis fl_error : forall x, fabs (fl x - x) <= h (fabs x).
    Hypothesis a_nonneg : 0 <= a.
    Hypothesis fl_double : fl (a + a) == a + a.

    Definition multiple (c : nat) : F := integer (Z.of_nat c) * a.

    Fixpoint comb (c : nat) : F :=
      match c with
      | O | S O | S (S O) => 0
      | S c' => comb c' + h (multiple c + comb c')
      end.

    Definition step (c : nat) : F := comb (S c) - comb c.

    Lemma multiple_succ c : multiple (S c) == multiple c + a.
    Proof. unfold multiple. rewrite Nat2Z.inj_succ. unfold Z.succ. rewrite integer_add, integer_1. ring. Qed.

    Lemma multiple_1 : multiple 1 == a.
    Proof. unfold multiple. change (Z.of_nat 1) with 1%Z. rewrite integer_1. ring. Qed.

    Lemma multiple_add c c' : multiple (c + c') == multiple c + multiple c'.
    Proof. unfold multiple. rewrite Nat2Z.inj_add, integer_add. ring. Qed.

    Lemma multiple_nonneg c : 0 <= multiple c.
    Proof. apply fle_mul; [apply integer_nonneg; lia | exact a_nonneg]. Qed.

    Lemma comb_succ c : (2 <= c)%nat -> comb (S c) = comb c + h (multiple (S c) + comb c).
    Proof. intros H. destruct c as [|[|c]]; [lia | lia | reflexivity]. Qed.

    Lemma comb_small c : (c <= 2)%nat -> comb c == 0.
    Proof. intros H. destruct c as [|[|[|c]]]; [reflexivity .. | lia]. Qed.

    Lemma step_nonneg c : 0 <= step c.
    Proof.
      unfold step. destruct (le_lt_dec 2 c) as [H|H].
      - pose proof (h_nonneg (multiple (S c) + comb c)) as H'. rewrite comb_succ by exact H. linear H'.
      - rewrite !comb_small by lia. apply feq_fle. ring.
    Qed.

    Lemma comb_mono c : comb c <= comb (S c).
    Proof. pose proof (step_nonneg c) as H. unfold step in H. linear H. Qed.

    Lemma comb_nonneg c : 0 <= comb c.
    Proof.
      induction c as [|c IH]; [apply fle_refl|]. apply fle_trans with (comb c); [exact IH | apply comb_mono].
    Qed.

    (** [H] is convex. *)
    Lemma step_mono c c' : (c <= c')%nat -> step c <= step c'.
    Proof.
      induction 1 as [|c' _ IH]; [apply fle_refl|]. apply fle_trans with (1 := IH).
      destruct (le_lt_dec 2 c') as [H|H].
      - unfold step. rewrite (comb_succ (S c')), (comb_succ c') by lia.
        assert (H1 : h (multiple (S c') + comb c') <= h (multiple (S (S c')) + comb (S c'))).
        { apply h_monotone; [apply fadd_nonneg; [apply multiple_nonneg | apply comb_nonneg]|].
          apply fle_add2; [|apply comb_mono]. rewrite (multiple_succ (S c')). linear a_nonneg. }
        rewrite (comb_succ c') in H1 by lia. linear H1.
      - apply fle_trans with 0; [|apply step_nonneg]. unfold step.
        rewrite !comb_small by lia. apply feq_fle. ring.
    Qed.

    (** Two parts err by no more than one part with all terms but one. *)
    Lemma comb_parts i j : (1 <= i)%nat -> (1 <= j)%nat -> comb i + comb j <= comb (i + j - 1).
    Proof.
      intros Hi Hj. destruct j as [|j]; [lia|]. replace (i + S j - 1)%nat with (i + j)%nat by lia.
      clear Hj. induction j as [|j IH].
      - rewrite Nat.add_0_r. apply feq_fle. rewrite (comb_small 1) by lia. ring.
      - pose proof (step_mono (S j) (i + j) ltac:(lia)) as H. unfold step in H.
        replace (i + S j)%nat with (S (i + j)) by lia.
        pose proof (fle_add2 _ _ _ _ IH H) as H2. linear H2.
    Qed.

    Theorem comb_bound t : fabs (order_sum t - multiple (terms t)) <= comb (terms t).
    Proof.
      induction t as [|l IHl r IHr].
      - cbn [terms order_sum comb]. apply fle_trans with (fabs (0 : F)).
        + apply feq_fle. apply fabs_proper. rewrite multiple_1. ring.
        + rewrite fabs_pos_eq by apply fle_refl. apply fle_refl.
      - cbn [terms order_sum]. set (x := order_sum l + order_sum r).
        pose proof (terms_pos l) as Hl. pose proof (terms_pos r) as Hr.
        destruct (Nat.eq_dec (terms l + terms r) 2) as [E2|E2].
        + assert (El : l = term) by (destruct l as [|l1 l2]; [reflexivity|];
            pose proof (terms_pos l1); pose proof (terms_pos l2); simpl in *; lia).
          assert (Er : r = term) by (destruct r as [|r1 r2]; [reflexivity|];
            pose proof (terms_pos r1); pose proof (terms_pos r2); simpl in *; lia).
          subst l r. unfold x. cbn [order_sum terms]. apply fle_trans with (fabs (0 : F)).
          * apply feq_fle. apply fabs_proper. rewrite fl_double, multiple_add, multiple_1. ring.
          * rewrite fabs_pos_eq by apply fle_refl. apply fle_refl.
        + set (c := (terms l + terms r - 1)%nat) in *.
          replace (terms l + terms r)%nat with (S c) by lia.
          pose proof (comb_parts (terms l) (terms r) Hl Hr) as Hp. fold c in Hp.
          assert (Hx : fabs (x - multiple (S c)) <= comb c).
          { apply fle_trans with (2 := Hp). apply fle_trans with (2 := fle_add2 _ _ _ _ IHl IHr).
            apply fle_trans with (2 := fabs_triangle _ _). apply feq_fle. apply fabs_proper.
            replace (S c) with (terms l + terms r)%nat by lia. rewrite multiple_add. unfold x. ring. }
          assert (Hb : fabs x <= multiple (S c) + comb c).
          { pose proof (fle_trans _ _ _ (fle_fabs (x - multiple (S c))) Hx) as H1.
            pose proof (fle_trans _ _ _ (fopp_le_fabs (x - multiple (S c))) Hx) as H2.
            apply fabs_le; [linear H1|].
            pose proof (fadd_nonneg _ _ (multiple_nonneg (S c)) (multiple_nonneg (S c))) as H3.
            pose proof (fle_add2 _ _ _ _ H2 H3) as H4. linear H4. }
          rewrite comb_succ by lia.
          apply fle_trans with (fabs (x - multiple (S c)) + fabs (fl x - x)).
          * apply fle_trans with (2 := fabs_triangle _ _). apply feq_fle. apply fabs_proper. ring.
          * apply fle_add2; [exact Hx|]. apply fle_trans with (1 := fl_error x).
            apply h_monotone; [apply fabs_nonneg | exact Hb].
    Qed.
  End Error.
End Orders.

(** ** In [p] bits *)

Local Open Scope Q_scope.
Local Coercion inject_Z : Z >-> Q.

(** Half the unit of the binade of [x]. *)
Definition half_unit (p : Z) (x : Q) : Q := if Qeq_bool x 0 then 0 else 2 ^ (magnitude x - p).

Lemma rational_fabs (x : Q) : fabs (F := rationals) x == Qabs x.
Proof.
  destruct (fabs_cases (F := rationals) x) as [[H E]|[H E]]; rewrite E; symmetry;
    [apply Qabs_pos | apply Qabs_neg]; exact H.
Qed.

Section Precision.
  Variable p : Z.
  Hypothesis p_pos : (1 <= p)%Z.

  Lemma half_unit_error x : Qabs (round p x - x) <= half_unit p (Qabs x).
  Proof.
    pose proof (rounds_total p x) as R. unfold half_unit.
    assert (Ex : Qabs (round p x - x) == Qabs (x - round p x)).
    { rewrite <- Qabs_opp. apply Qabs_wd. ring. }
    rewrite Ex. destruct R as [[E1 E2]|[e [[B1 B2] [k [_ [H _]]]]]].
    - setoid_replace (x - round p x) with 0 by lra. destruct (Qeq_bool (Qabs x) 0); [discriminate|].
      apply Qlt_le_weak. apply power_pos.
    - pose proof (power_pos (p - 1 + e)) as Hp. destruct (Qeq_bool (Qabs x) 0) eqn:D.
      { apply Qeq_bool_eq in D. lra. }
      apply Qeq_bool_neq in D. apply Qle_trans with (1 := H).
      pose proof (magnitude_spec (Qabs x) D) as [M1 M2].
      assert (A : Qabs (Qabs x) == Qabs x) by apply Qabs_pos, Qabs_nonneg. rewrite A in M1, M2.
      assert (Hm : 2 ^ (p - 1 + e) < 2 ^ (magnitude (Qabs x) + 1)) by lra. apply power_lt_inv in Hm.
      apply Qle_trans with (2 ^ (e - 1)); [|apply power_le; lia].
      assert (E : 2 ^ e == 2 * 2 ^ (e - 1)).
      { rewrite <- power_succ. replace (e - 1 + 1)%Z with e by lia. reflexivity. }
      rewrite E. lra.
  Qed.

  Lemma half_unit_nonneg x : 0 <= half_unit p x.
  Proof.
    unfold half_unit. destruct (Qeq_bool x 0); [discriminate | apply Qlt_le_weak, power_pos].
  Qed.

  Lemma half_unit_monotone x y : 0 <= x -> x <= y -> half_unit p x <= half_unit p y.
  Proof.
    intros Hx H. unfold half_unit.
    destruct (Qeq_bool x 0) eqn:Dx; [apply half_unit_nonneg|]. apply Qeq_bool_neq in Dx.
    destruct (Qeq_bool y 0) eqn:Dy; [apply Qeq_bool_eq in Dy; exfalso; apply Dx; lra|].
    apply Qeq_bool_neq in Dy. pose proof (magnitude_spec x Dx) as [M1 M2].
    pose proof (magnitude_spec y Dy) as [M3 M4].
    rewrite (Qabs_pos x) in M1, M2 by lra. rewrite (Qabs_pos y) in M3, M4 by lra.
    assert (Hm : 2 ^ magnitude x < 2 ^ (magnitude y + 1)) by lra. apply power_lt_inv in Hm.
    apply power_le. lia.
  Qed.

  Lemma representable_double x : representable p x -> representable p (x + x).
  Proof.
    intros [k [e [H E]]]. exists k, (e + 1)%Z. split; [exact H|]. rewrite E, power_succ. ring.
  Qed.

  (** The bound for [p] bits: half units along a comb. *)
  Theorem comb_bound_bits (a : Q) (t : order) : 0 <= a -> representable p a ->
    Qabs (order_sum rationals (round p) a t - Z.of_nat (terms t) * a)
    <= comb rationals a (half_unit p) (terms t).
  Proof.
    intros Ha Ra.
    pose proof (comb_bound rationals (round p) a (half_unit p) half_unit_nonneg half_unit_monotone) as B.
    rewrite <- rational_fabs, <- rational_integer. apply B; [|exact Ha|].
    - intros x. apply Qle_trans with (Qabs (round p x - x)); [apply Qle_lteq; right; apply rational_fabs|].
      apply Qle_trans with (1 := half_unit_error x). apply half_unit_monotone; [apply Qabs_nonneg|].
      apply Qle_lteq. right. symmetry. apply rational_fabs.
    - apply (rounds_unique p p_pos (a + a)); [apply rounds_total|].
      apply rounds_exact; [exact p_pos | apply representable_double; exact Ra].
  Qed.

  (** Sums of ones are exact up to [2^p], in every order. *)
  Theorem ones_exact (fl : Q -> Q) (a : Q) (t : order) :
    rounds_between p 1 (2 ^ p) fl -> a == 1 -> (Z.of_nat (terms t) <= 2 ^ p)%Z ->
    order_sum rationals fl a t == Z.of_nat (terms t).
  Proof.
    intros Hfl Ha. induction t as [|l IHl r IHr]; intros Ht; [exact Ha|].
    cbn [terms order_sum] in *. rewrite Nat2Z.inj_add in *.
    pose proof (terms_pos l) as Hl. pose proof (terms_pos r) as Hr.
    specialize (IHl ltac:(lia)). specialize (IHr ltac:(lia)).
    set (x := order_sum rationals fl a l + order_sum rationals fl a r).
    assert (Ex : x == (Z.of_nat (terms l) + Z.of_nat (terms r))%Z).
    { unfold x. rewrite IHl, IHr, inject_Z_plus. reflexivity. }
    set (c := (Z.of_nat (terms l) + Z.of_nat (terms r))%Z) in *.
    assert (C1 : 1 <= c) by (apply (inject_le 1); lia).
    assert (C2 : c <= 2 ^ p) by (rewrite power_integer by lia; apply inject_le; exact Ht).
    apply (rounds_unique p p_pos x).
    - apply (Hfl x). right.
      assert (Ax : Qabs x == c) by (rewrite Ex; apply Qabs_pos; lra). rewrite Ax. auto.
    - rewrite Ex. apply rounds_exact; [exact p_pos|]. exists c, 0%Z. split; [lia | ring].
  Qed.

  (** T1 with a second block of the embedding, values [2^s] and the context padded to [2^s]
      positions: a term is [fl(2^s fl(1 / 2^s))], and the sum is the answer. *)
  Theorem padded_right (fl : Q -> Q) (s : Z) (t : order) : (0 <= s)%Z ->
    rounds_between p (2 ^ (- s)) (2 ^ p) fl -> (Z.of_nat (terms t) <= 2 ^ p)%Z ->
    order_sum rationals fl (fl (2 ^ s * fl (1 / 2 ^ s))) t == Z.of_nat (terms t).
  Proof.
    intros Hs Hfl Ht. pose proof (power_pos s) as Ps.
    pose proof (power_one p ltac:(lia)) as P1.
    assert (S1 : 2 ^ (- s) <= 1) by (change 1 with (2 ^ 0); apply power_le; lia).
    assert (Es : 1 / 2 ^ s == 2 ^ (- s)).
    { apply (Qmult_inj_l _ _ (2 ^ s)); [lra|]. rewrite <- power_add.
      replace (s + - s)%Z with 0%Z by lia. change (2 ^ 0) with 1. field. lra. }
    assert (Ea : fl (1 / 2 ^ s) == 1 / 2 ^ s).
    { apply (rounds_unique p p_pos (1 / 2 ^ s)).
      - apply Hfl. right. rewrite Es. pose proof (power_pos (- s)). rewrite Qabs_pos by lra. lra.
      - apply rounds_exact; [exact p_pos|]. exists 1%Z, (- s)%Z.
        split; [apply (Z.pow_le_mono_r 2 0 p); lia | rewrite Es; ring]. }
    apply ones_exact; [|apply (rounds_unique p p_pos (2 ^ s * fl (1 / 2 ^ s)))|exact Ht].
    - intros x [Hx|Hx]; apply Hfl; [left | right]; lra.
    - apply Hfl. right. assert (E : 2 ^ s * fl (1 / 2 ^ s) == 1) by (rewrite Ea; field; lra).
      rewrite E. change (Qabs 1) with 1. lra.
    - assert (E : 2 ^ s * fl (1 / 2 ^ s) == 1) by (rewrite Ea; field; lra).
      rewrite E. apply rounds_exact; [exact p_pos|]. exists 1%Z, 0%Z.
      split; [apply (Z.pow_le_mono_r 2 0 p); lia | reflexivity].
  Qed.
End Precision.
