(** * T14: sums of rounded quotients

    T1 in the numbers of a machine, [MachineCounting.v], where the terms are [a = fl(1 / n)].
    - once, [S = fl(c a)]: every count is right where [4 x^2 + (3/2) x < 3/8],
      [x = n / 2^p], so for [x <= 0.1715].
    - any: every order of the sum is right for every count where [(n + 5)^2 <= 2^p].  At one
      length and count all orders are right exactly when the least and the greatest sum are
      ([SummationOrders.v]).
    [MachineOneByOne.v] has one order in which counts are wrong from about [2^(p/2)] on.

    Source: ours. *)

From Coq Require Import Setoid Arith Lia ZArith QArith Qabs Qpower Qminmax Qfield Lqa.
From Counterproof Require Import Vectors OrderedField MachineNumbers SummationOrders
  MachineCounting.

Local Open Scope Q_scope.
Local Coercion inject_Z : Z >-> Q.

Definition once (fl : Q -> Q) (n c : Z) : Q := fl (c * fl (1 / n)).

Section Sums.
  Variables (p : Z) (fl : Q -> Q).
  Hypothesis p_two : (2 <= p)%Z.
  Hypothesis fl_rounds : rounds_nearest_even p fl.

  Let p_pos : (1 <= p)%Z.
  Proof. lia. Qed.

  (* the lemmas of [MachineCounting.v] for this [p] and [fl] *)
  Let power_four := power_four p p_two.
  Let power_quarter := power_quarter p p_two.
  Let representable_power := representable_power p p_two.
  Let representable_one := representable_one p p_two.
  Let quotient_range := quotient_range p p_two.
  Let fl_positive := fl_positive p fl fl_rounds.
  Let fl_is := fl_is p fl p_two fl_rounds.
  Let fl_exact := fl_exact p fl p_two fl_rounds.
  Let fl_at_least := fl_at_least p fl p_two fl_rounds.
  Let fl_at_most := fl_at_most p fl p_two fl_rounds.
  Let fl_error := fl_error p fl p_two fl_rounds.
  Let tail_full := tail_full p fl p_two fl_rounds.
  Let tail_right := tail_right p fl p_two fl_rounds.

  (** ** The rounded quotient *)

  Lemma power_above (n : Z) : (1 <= n)%Z -> exists b, (1 <= b)%Z /\ (2 ^ (b - 1) <= n < 2 ^ b)%Z.
  Proof.
    intros H. exists (Z.log2 n + 1)%Z. pose proof (Z.log2_nonneg n) as L.
    destruct (Z.log2_spec n ltac:(lia)) as [L1 L2]. unfold Z.succ in L2. split; [lia|].
    replace (Z.log2 n + 1 - 1)%Z with (Z.log2 n) by lia. lia.
  Qed.

  Lemma power_double (b : Z) : (1 <= b)%Z -> (2 ^ b = 2 * 2 ^ (b - 1))%Z.
  Proof.
    intros H. replace b with (1 + (b - 1))%Z at 1 by lia. rewrite Z.pow_add_r by lia. reflexivity.
  Qed.

  Lemma reciprocal (n b : Z) :
    (1 <= b)%Z -> (2 ^ (b - 1) <= n < 2 ^ b)%Z -> (n <= 2 ^ p)%Z ->
    2 ^ (- p) <= fl (1 / n) /\ Qabs (fl (1 / n) - 1 / n) <= 2 ^ (- b - p) /\
    n * 2 ^ (- b - p) < 2 ^ (- p).
  Proof.
    intros Hb [H1 H2] Hn. pose proof (Z.pow_pos_nonneg 2 (b - 1) ltac:(lia) ltac:(lia)) as P.
    pose proof (quotient_range n 1 ltac:(lia) Hn) as [A1 A2]. change (inject_Z 1) with 1 in A1, A2.
    pose proof power_four as Hf. assert (B : 2 ^ (- p) <= 1 / n <= 2 ^ p) by lra.
    assert (N0 : 0 < n) by (apply (inject_lt 0); lia).
    apply inject_le in H1. apply inject_lt in H2. rewrite <- power_integer in H1, H2 by lia.
    split; [apply fl_at_least; [apply representable_power | exact A1 | exact B]|]. split.
    - replace (- b - p)%Z with (1 - b - p - 1)%Z by lia. apply fl_error; [|exact B].
      apply Qle_shift_div_r; [exact N0|]. pose proof (power_minus (b - 1)) as E.
      replace (- (b - 1))%Z with (1 - b)%Z in E by lia. pose proof (power_pos (1 - b)) as Hg.
      apply Qle_trans with (2 ^ (1 - b) * 2 ^ (b - 1)); [lra | apply Qmult_le_l; assumption].
    - assert (E : 2 ^ (- b - p) * 2 ^ b == 2 ^ (- p)).
      { rewrite <- power_add. replace (- b - p + b)%Z with (- p)%Z by lia. reflexivity. }
      rewrite <- E, (Qmult_comm n). apply Qmult_lt_l; [apply power_pos | exact H2].
  Qed.

  (** ** once *)

  Theorem once_right (n c : Z) :
    (1 <= c <= n)%Z -> (32 * n * n + 12 * n * 2 ^ p < 3 * 2 ^ p * 2 ^ p)%Z ->
    right (tail fl n (once fl n c)) c.
  Proof.
    intros Hc H. unfold once.
    assert (P0 : (0 < 2 ^ p)%Z) by (apply Z.pow_pos_nonneg; lia).
    assert (Hn4 : (4 * n < 2 ^ p)%Z) by nia.
    destruct (power_above n ltac:(lia)) as [b [Hb [L1 L2]]].
    pose proof (power_double b Hb) as Eb.
    assert (Hbp : (b <= p - 2)%Z).
    { assert (Hlt : (b - 1 < p - 2)%Z); [|lia]. apply (Z.pow_lt_mono_r_iff 2); [lia | lia|].
      assert (E4 : (2 ^ p = 4 * 2 ^ (p - 2))%Z); [|lia].
      replace p with (2 + (p - 2))%Z at 1 by lia. rewrite Z.pow_add_r by lia. reflexivity. }
    pose proof (inject_le 1 c ltac:(lia)) as C1. change (inject_Z 1) with 1 in C1.
    pose proof (inject_le c n ltac:(lia)) as C2.
    pose proof (inject_le _ _ L1) as N1. pose proof (inject_lt _ _ L2) as N2.
    rewrite Eb, inject_Z_mult in N2. change (inject_Z 2) with 2 in N2.
    pose proof (quotient_range n 1 ltac:(lia) ltac:(lia)) as [A1 A2].
    change (inject_Z 1) with 1 in A1, A2. pose proof power_four as Hf. pose proof power_quarter as Hq.
    destruct (reciprocal n b Hb ltac:(lia) ltac:(lia)) as [A0 [EA Nd]].
    rewrite <- power_integer in N1, N2 by lia.
    (* [v = 2^(-p)]; [h <= n < 2 h] and [g = 1 / h] *)
    set (h := 2 ^ (b - 1)) in *. set (v := 2 ^ (- p)) in *.
    assert (Hv : 0 < v) by apply power_pos. assert (Hh : 0 < h) by apply power_pos.
    set (g := 2 ^ (- (b - 1))). assert (Hg : h * g == 1) by apply power_minus.
    assert (Hg0 : 0 < g) by apply power_pos.
    assert (N0 : 0 < n) by lra.
    assert (En : n * (1 / n) == 1) by (field; lra).
    assert (Pv : 2 ^ p * v == 1) by apply power_minus.
    set (a := fl (1 / n)) in *.
    assert (E2 : 2 * 2 ^ (- b - p) == g * v).
    { rewrite <- power_succ. replace (- b - p + 1)%Z with (- (b - 1) + - p)%Z by lia.
      apply power_add. }
    set (d := 2 ^ (- b - p)) in *. apply Qabs_Qle_condition in EA.
    assert (HA : 0 < d) by apply power_pos.
    destruct (Z.eq_dec c n) as [Ec|Hne].
    - (* the whole context *)
      rewrite Ec in *. set (x := n * a).
      assert (Hx : 1 - v <= x <= 1 + v) by (unfold x; nra).
      assert (BX : v <= x <= 2 ^ p) by lra.
      assert (S0 : 1 - v <= fl x).
      { apply fl_at_least; [|lra | exact BX]. exists (2 ^ p - 1)%Z, (- p)%Z. split; [lia|].
        rewrite inject_minus, <- power_integer by lia. fold v. change (inject_Z 1) with 1. lra. }
      assert (S1 : fl x <= 1).
      { apply (rounds_monotone p p_pos x (1 + v)); [lra | apply fl_positive; exact BX|].
        assert (Ep : (2 ^ (p - 1))%Z * (2 * v) == 1).
        { unfold v. rewrite <- power_succ, <- power_integer, <- power_add by lia.
          replace (p - 1 + (- p + 1))%Z with 0%Z by lia. reflexivity. }
        assert (E : 2 ^ (1 - p) == 2 * v).
        { unfold v. rewrite <- power_succ. replace (- p + 1)%Z with (1 - p)%Z by lia. reflexivity. }
        rewrite <- Ep at 2. rewrite <- E.
        apply (rounds_units p p_pos (1 - p) (2 ^ (p - 1)) (1 # 2)).
        - rewrite E. lra.
        - assert (Z1 : (2 ^ p = 2 * 2 ^ (p - 1))%Z).
          { replace p with (1 + (p - 1))%Z at 1 by lia. rewrite Z.pow_add_r by lia. reflexivity. }
          rewrite Z1, inject_Z_mult. change (inject_Z 2) with 2.
          pose proof (inject_le 1 (2 ^ (p - 1)) ltac:(lia)) as Z2. change (inject_Z 1) with 1 in Z2.
          lra.
        - lra.
        - intros _. apply Z.even_pow. lia. }
      unfold right. rewrite (tail_full n (fl x)); [|lia | fold v; lra].
      setoid_replace (n - n) with 0 by ring. reflexivity.
    - (* part of it *)
      pose proof (inject_le (c + 1) n ltac:(lia)) as C3. rewrite inject_succ in C3.
      set (x := c * a). assert (Ex : Qabs (n * x - c) <= n * (n * d)).
      { assert (E : n * x - c == n * (c * (a - 1 / n))).
        { unfold x. transitivity (n * (c * a) - c * (n * (1 / n))); [rewrite En | idtac]; ring. }
        assert (c * d <= n * d) by (apply Qmult_le_compat_r; lra).
        assert (c * (a - 1 / n) <= c * d) by (apply Qmult_le_l; lra).
        assert (c * - d <= c * (a - 1 / n)) by (apply Qmult_le_l; lra).
        rewrite E. apply Qabs_Qle_condition.
        setoid_replace (- (n * (n * d))) with (n * - (n * d)) by ring.
        split; apply Qmult_le_l; lra. }
      assert (X1 : x <= 1).
      { apply Qabs_Qle_condition in Ex. apply (Qmult_le_l _ _ n); [exact N0|]. nra. }
      assert (X0 : v <= x).
      { apply Qle_trans with (1 * a); [lra | unfold x; apply Qmult_le_compat_r; lra]. }
      assert (BX : v <= x <= 2 ^ p) by lra.
      pose proof (fl_at_most 1 x representable_one X1 BX) as S1.
      pose proof (fl_at_least v x (representable_power _) X0 BX) as S0.
      pose proof (fl_error 0 x X1 BX) as ES.
      assert (E3 : 2 ^ (0 - p - 1) == (1 # 2) * v).
      { unfold v. replace (- p)%Z with (0 - p - 1 + 1)%Z by lia. rewrite power_succ. lra. }
      rewrite E3 in ES. set (S := fl x) in *.
      apply (tail_right n c b S (n * (n * d) + n * ((1 # 2) * v))); try lia; [lra | |].
      + apply Qabs_Qle_condition in Ex. apply Qabs_Qle_condition in ES.
        assert (U1 : n * (S - x) <= n * ((1 # 2) * v)) by (apply Qmult_le_l; lra).
        assert (U2 : n * - ((1 # 2) * v) <= n * (S - x)) by (apply Qmult_le_l; lra).
        apply Qabs_Qle_condition. lra.
      + left. fold v.
        assert (E4 : 2 ^ (b - p - 1) == h * v).
        { unfold h, v. rewrite <- power_add. replace (b - 1 + - p)%Z with (b - p - 1)%Z by lia.
          reflexivity. }
        rewrite E4. set (m := n * v).
        assert (M0 : 0 < m) by (apply Qmult_lt_0_compat; assumption).
        assert (Em : n * v == m) by reflexivity.
        assert (Ed : d == (1 # 2) * (g * v)) by lra.
        assert (E5 : n * (n * d) == (1 # 2) * (m * (n * g))) by (rewrite Ed; unfold m; ring).
        destruct (Z.eq_dec b (p - 2)) as [Eb2|Hb2].
        * assert (Ehv : h * v == 1 # 8).
          { unfold h, v. rewrite <- power_add. replace (b - 1 + - p)%Z with (-3)%Z by lia.
            reflexivity. }
          assert (Eg : g == 8 * v) by (apply (Qmult_inj_l _ _ h); lra).
          apply inject_lt in H. rewrite inject_Z_plus, !inject_Z_mult, <- power_integer in H by lia.
          change (inject_Z 32) with 32 in H. change (inject_Z 12) with 12 in H.
          change (inject_Z 3) with 3 in H.
          assert (Hm : 32 * (m * m) + 12 * m < 3).
          { assert (Hvv : 0 < v * v) by (apply Qmult_lt_0_compat; assumption).
            apply (Qmult_lt_r _ _ (v * v) Hvv) in H.
            assert (Q1 : (32 * n * n + 12 * n * 2 ^ p) * (v * v)
                         == 32 * (m * m) + 12 * m * (2 ^ p * v)) by (unfold m; ring).
            assert (Q2 : 3 * 2 ^ p * 2 ^ p * (v * v) == 3 * (2 ^ p * v) * (2 ^ p * v)) by ring.
            rewrite Q1, Q2, Pv in H. lra. }
          assert (E6 : n * g == 8 * m) by (rewrite Eg; unfold m; ring).
          rewrite E5, E6, Ehv. lra.
        * assert (Hhv : h * v <= 1 # 16).
          { change (1 # 16) with (2 ^ (-4)). unfold h, v. rewrite <- power_add. apply power_le. lia. }
          assert (Hm : m < 2 * h * v) by (apply Qmult_lt_r; assumption).
          assert (Hng : n * g < 2 * h * g) by (apply Qmult_lt_r; assumption).
          assert (m * (n * g) < m * 2) by (apply Qmult_lt_l; lra).
          rewrite E5. lra.
  Qed.

  (** [(sqrt 33 - 3) / 16 > 0.1715]. *)
  Theorem once_reaches (n c : Z) :
    (1 <= c <= n)%Z -> (10000 * n <= 1715 * 2 ^ p)%Z -> right (tail fl n (once fl n c)) c.
  Proof.
    intros Hc H. apply once_right; [exact Hc|].
    assert (P0 : (0 < 2 ^ p)%Z) by (apply Z.pow_pos_nonneg; lia). nia.
  Qed.

  (** ** Every order *)

  (** The tail where [S] may be above 1. *)
  Lemma tail_wide (n c b : Z) S d :
    (1 <= n <= 2 ^ b)%Z -> (0 <= b <= p - 1)%Z -> 0 <= S <= 2 -> Qabs (n * S - c) <= d ->
    d + n * 2 ^ (1 - p) + 2 ^ (b - p) < 1 # 2 -> right (tail fl n S) c.
  Proof.
    intros Hn Hb HS Hd H. pose proof power_four as Hf. pose proof power_quarter as Hq.
    pose proof (power_pos (- p)) as Hv. pose proof (power_pos (1 - p)) as Hu.
    assert (B : 2 ^ (- p) <= 1 + S <= 2 ^ p) by lra.
    pose proof (fl_at_least 1 (1 + S) representable_one ltac:(lra) B) as L.
    assert (R3 : representable p 3).
    { exists 3%Z, 0%Z. split; [apply Z.le_trans with (2 ^ 2)%Z; [lia|] | reflexivity].
      apply Z.pow_le_mono_r; lia. }
    pose proof (fl_at_most 3 (1 + S) R3 ltac:(lra) B) as U.
    pose proof (fl_error 2 (1 + S) ltac:(change (2 ^ 2) with 4; lra) B) as Er.
    replace (2 - p - 1)%Z with (1 - p)%Z in Er by lia.
    destruct (rounds_representable p p_pos _ _ (fl_positive _ B)) as [k [e [Hk Ek]]].
    unfold tail. set (r := fl (1 + S)) in *.
    (* a multiple of [2^(1-p)], as it is at least 1 *)
    assert (E1 : (2 ^ (p - 1))%Z * 2 ^ (1 - p) == 1).
    { rewrite <- power_integer, <- power_add by lia.
      replace (p - 1 + (1 - p))%Z with 0%Z by lia. reflexivity. }
    assert (Hj : exists j : Z, r - 1 == j * 2 ^ (1 - p)).
    { destruct (Z_le_gt_dec (1 - p) e) as [He|He].
      - exists (k * 2 ^ (e - (1 - p)) - 2 ^ (p - 1))%Z. rewrite inject_minus, Ek.
        rewrite (multiple_finer k (1 - p) e He). lra.
      - exists 0%Z. change (inject_Z 0) with 0. pose proof (power_pos e) as He0.
        assert (Hr : r <= (2 ^ p)%Z * 2 ^ e) by (rewrite Ek; apply multiple_le; [exact He0 | lia]).
        rewrite <- power_integer, <- power_add in Hr by lia.
        pose proof (power_le (p + e) 0 ltac:(lia)) as Hle. change (2 ^ 0) with 1 in Hle. lra. }
    destruct Hj as [j Ej].
    assert (J0 : (0 <= j)%Z).
    { apply (multiple_le_inv _ _ (2 ^ (1 - p)) Hu). change (inject_Z 0) with 0. lra. }
    assert (J1 : (j <= 2 ^ p)%Z).
    { apply (multiple_le_inv _ _ (2 ^ (1 - p)) Hu). rewrite (power_double p), inject_Z_mult by lia.
      change (inject_Z 2) with 2. lra. }
    assert (Hup : 2 ^ (- p) <= 2 ^ (1 - p)) by (apply power_le; lia).
    assert (Eu : fl (r - 1) == r - 1).
    { apply fl_exact.
      - destruct (Z.eq_dec j 0) as [->|Hne]; [left; rewrite Ej; ring | right].
        pose proof (multiple_le 1 j (2 ^ (1 - p)) Hu ltac:(lia)) as Hm.
        change (inject_Z 1) with 1 in Hm. lra.
      - exists j, (1 - p)%Z. split; [lia | exact Ej]. }
    assert (Eu' : relu (fl (r - 1)) == r - 1) by (rewrite relu_pos by lra; exact Eu).
    set (u := relu (fl (r - 1))) in *.
    pose proof (inject_le _ _ (proj1 Hn)) as N1. change (inject_Z 1) with 1 in N1.
    pose proof (inject_le _ _ (proj2 Hn)) as N2. rewrite <- power_integer in N2 by lia.
    assert (Hy : Qabs (fl (n * u) - n * u) <= 2 ^ (b - p)).
    { destruct (Z.eq_dec j 0) as [Hz|Hne].
      - assert (E0 : n * u == 0) by (rewrite Eu', Ej, Hz; ring).
        rewrite (fl_exact (n * u)).
        + setoid_replace (n * u - n * u) with 0 by ring. apply Qlt_le_weak, power_pos.
        + left. exact E0.
        + rewrite E0. exists 0%Z, 0%Z. split; [apply Z.pow_nonneg; lia | reflexivity].
      - replace (b - p)%Z with (b + 1 - p - 1)%Z by lia.
        pose proof (multiple_le 1 j (2 ^ (1 - p)) Hu ltac:(lia)) as Hm.
        change (inject_Z 1) with 1 in Hm.
        assert (X0 : 1 * u <= n * u) by (apply Qmult_le_compat_r; lra).
        assert (X1 : n * u <= 2 ^ b * u) by (apply Qmult_le_compat_r; lra).
        assert (X2 : 2 ^ b * u <= 2 ^ b * 2) by (apply Qmult_le_l; [apply power_pos | lra]).
        assert (X3 : 2 ^ (b + 1) <= 2 ^ p) by (apply power_le; lia).
        assert (X4 := power_succ b). apply fl_error; lra. }
    apply Qabs_Qle_condition in Hy. apply Qabs_Qle_condition in Er. apply Qabs_Qle_condition in Hd.
    assert (D1 : n * (u - S) <= n * 2 ^ (1 - p)) by (apply Qmult_le_l; lra).
    assert (D2 : n * - 2 ^ (1 - p) <= n * (u - S)) by (apply Qmult_le_l; lra).
    unfold right. apply Qabs_Qlt_condition. lra.
  Qed.

  Section Order.
    Variable n : Z.
    Hypothesis n_pos : (1 <= n)%Z.
    Hypothesis n_small : ((n + 5) * (n + 5) <= 2 ^ p)%Z.
    Let a := fl (1 / n).
    (* half a unit between 1/2 and 1 *)
    Let h := 2 ^ (- p - 1).

    Let n_one : 1 <= n.
    Proof. apply (inject_le 1). exact n_pos. Qed.

    Let h_pos : 0 < h.
    Proof. apply power_pos. Qed.

    Lemma unit_two : 2 ^ (- p) == 2 * h.
    Proof.
      unfold h. rewrite <- power_succ. replace (- p - 1 + 1)%Z with (- p)%Z by lia. reflexivity.
    Qed.

    Lemma small_square : (n + 5) * (n + 5) * h <= 1 # 2.
    Proof.
      pose proof (inject_le _ _ n_small) as H.
      rewrite inject_Z_mult, inject_Z_plus, <- power_integer in H by lia.
      change (inject_Z 5) with 5 in H. pose proof (power_minus p) as E. rewrite unit_two in E.
      apply Qle_trans with (2 ^ p * h); [apply Qmult_le_compat_r|]; lra.
    Qed.

    Lemma length_below : (n <= 2 ^ p)%Z.
    Proof. nia. Qed.

    Lemma term_facts : 2 * h <= a /\ - (2 * h) <= n * a - 1 <= 2 * h /\ representable p a.
    Proof.
      destruct (power_above n n_pos) as [b [Hb Hn]].
      destruct (reciprocal n b Hb Hn length_below) as [A0 [EA Nd]].
      rewrite unit_two in A0, Nd. apply Qabs_Qle_condition in EA.
      fold a in A0, EA. set (d := 2 ^ (- b - p)) in *. split; [exact A0|]. split.
      - assert (E : n * (1 / n) == 1) by (field; lra).
        assert (D1 : n * (a - 1 / n) <= n * d) by (apply Qmult_le_l; lra).
        assert (D2 : n * - d <= n * (a - 1 / n)) by (apply Qmult_le_l; lra). lra.
      - pose proof (quotient_range n 1 ltac:(lia) length_below) as B. change (inject_Z 1) with 1 in B.
        pose proof power_four as Hf.
        apply (rounds_representable p p_pos (1 / n)), fl_positive. lra.
    Qed.

    Lemma partial_below (c : Z) : (0 <= c < n)%Z -> c * a + c * h <= 1.
    Proof.
      intros Hc. destruct term_facts as [A0 [[A1 A2] _]]. pose proof small_square as Hs.
      pose proof (inject_le 0 c ltac:(lia)) as C0. change (inject_Z 0) with 0 in C0.
      pose proof (inject_le (c + 1) n ltac:(lia)) as C1. rewrite inject_succ in C1.
      assert (Hx : n * (c * a) <= c * (1 + 2 * h)).
      { setoid_replace (n * (c * a)) with (n * a * c) by ring. rewrite (Qmult_comm c).
        apply Qmult_le_compat_r; lra. }
      assert (H1 : c * h <= n * h) by (apply Qmult_le_compat_r; lra).
      assert (H2 : n * (c * h) <= n * (n * h)) by (apply Qmult_le_l; lra).
      assert (H3 : 1 * h <= n * h) by (apply Qmult_le_compat_r; lra).
      apply (Qmult_le_l _ _ n); lra.
    Qed.

    Lemma order_small (t : order) : (Z.of_nat (terms t) < n)%Z ->
      a <= order_sum rationals fl a t /\
      Qabs (order_sum rationals fl a t - Z.of_nat (terms t) * a) <= (Z.of_nat (terms t) - 1)%Z * h.
    Proof.
      destruct term_facts as [A0 [_ RA]].
      induction t as [|l IHl r IHr]; intros Ht; cbn [terms order_sum] in *.
      { split; [apply Qle_refl|]. change (Z.of_nat 1) with 1%Z. change (inject_Z 1) with 1.
        setoid_replace (a - 1 * a) with 0 by ring. change (inject_Z (1 - 1)) with 0.
        setoid_replace (0 * h) with 0 by ring. apply Qle_refl. }
      pose proof (terms_pos l) as Hl. pose proof (terms_pos r) as Hr. rewrite Nat2Z.inj_add in *.
      destruct (IHl ltac:(lia)) as [Ll El]. destruct (IHr ltac:(lia)) as [Lr Er].
      set (cl := Z.of_nat (terms l)) in *. set (cr := Z.of_nat (terms r)) in *.
      set (x := order_sum rationals fl a l + order_sum rationals fl a r).
      change (a <= fl x /\ Qabs (fl x - (cl + cr)%Z * a) <= (cl + cr - 1)%Z * h).
      pose proof (partial_below (cl + cr) ltac:(lia)) as P.
      rewrite inject_minus, inject_Z_plus. rewrite inject_Z_plus in P. rewrite inject_minus in El, Er.
      change (inject_Z 1) with 1 in *.
      apply Qabs_Qle_condition in El. apply Qabs_Qle_condition in Er.
      assert (X1 : x <= 1) by (unfold x; lra). assert (X0 : a + a <= x) by (unfold x; lra).
      pose proof power_four as Hf. pose proof unit_two as Ev.
      assert (B : 2 ^ (- p) <= x <= 2 ^ p) by lra.
      pose proof (fl_error 0 x X1 B) as E. replace (0 - p - 1)%Z with (- p - 1)%Z in E by lia.
      fold h in E. apply Qabs_Qle_condition in E.
      split; [apply fl_at_least; [exact RA | lra | exact B]|].
      apply Qabs_Qle_condition. unfold x in *. lra.
    Qed.

    Lemma order_whole (t : order) : (Z.of_nat (terms t) <= n)%Z ->
      a <= order_sum rationals fl a t <= 2 /\
      Qabs (order_sum rationals fl a t - Z.of_nat (terms t) * a) <= n * h.
    Proof.
      intros Ht. destruct term_facts as [A0 [[A1 A2] RA]]. pose proof small_square as Hs.
      pose proof power_four as Hf. pose proof unit_two as Ev.
      assert (H1 : 1 * h <= n * h) by (apply Qmult_le_compat_r; lra).
      assert (H2 : 0 <= n * (n * h)) by (apply Qmult_le_0_compat; [lra | apply Qmult_le_0_compat; lra]).
      destruct (Z.eq_dec (Z.of_nat (terms t)) n) as [En|Hne].
      - rewrite En. destruct t as [|l r]; cbn [terms order_sum] in *.
        { change (Z.of_nat 1) with 1%Z in En. rewrite <- En in *. change (inject_Z 1) with 1 in *.
          split; [lra|]. setoid_replace (a - 1 * a) with 0 by ring. change (Qabs 0) with 0. lra. }
        pose proof (terms_pos l) as Hl. pose proof (terms_pos r) as Hr. rewrite Nat2Z.inj_add in *.
        destruct (order_small l ltac:(lia)) as [Ll El]. destruct (order_small r ltac:(lia)) as [Lr Er].
        set (cl := Z.of_nat (terms l)) in *. set (cr := Z.of_nat (terms r)) in *.
        set (x := order_sum rationals fl a l + order_sum rationals fl a r).
        change (a <= fl x <= 2 /\ Qabs (fl x - n * a) <= n * h).
        assert (Nq : n == cl + cr) by (rewrite <- En, inject_Z_plus; reflexivity).
        rewrite inject_minus in El, Er. change (inject_Z 1) with 1 in *.
        apply Qabs_Qle_condition in El. apply Qabs_Qle_condition in Er.
        assert (Ea : n * a == cl * a + cr * a) by (rewrite Nq; ring).
        assert (Eh : n * h == cl * h + cr * h) by (rewrite Nq; ring).
        assert (X1 : x <= 2) by (unfold x; lra). assert (X0 : a + a <= x) by (unfold x; lra).
        assert (B : 2 ^ (- p) <= x <= 2 ^ p) by lra.
        pose proof (fl_error 1 x X1 B) as E. replace (1 - p - 1)%Z with (- p)%Z in E by lia.
        rewrite Ev in E. apply Qabs_Qle_condition in E.
        split; [split; [apply fl_at_least; [exact RA | lra | exact B]|]|].
        + apply (fl_at_most 2 x); [apply (representable_power 1) | exact X1 | exact B].
        + apply Qabs_Qle_condition. unfold x in *. lra.
      - destruct (order_small t ltac:(lia)) as [L E]. set (c := Z.of_nat (terms t)) in *.
        pose proof (partial_below c ltac:(lia)) as P. rewrite inject_minus in E.
        change (inject_Z 1) with 1 in E. pose proof (inject_le c n ltac:(lia)) as C1.
        assert (H3 : c * h <= n * h) by (apply Qmult_le_compat_r; lra).
        apply Qabs_Qle_condition in E. split; [lra | apply Qabs_Qle_condition; lra].
    Qed.

    (** Sums in every order count up to about [2^(p/2)]. *)
    Theorem any_reaches (t : order) : (Z.of_nat (terms t) <= n)%Z ->
      right (tail fl n (order_sum rationals fl a t)) (Z.of_nat (terms t)).
    Proof.
      intros Ht. destruct (order_whole t Ht) as [[S0 S2] E].
      destruct term_facts as [A0 [[A1 A2] _]]. pose proof small_square as Hs.
      pose proof unit_two as Ev. set (S := order_sum rationals fl a t) in *.
      set (c := Z.of_nat (terms t)) in *.
      pose proof (inject_le 0 c ltac:(lia)) as C0. change (inject_Z 0) with 0 in C0.
      pose proof (inject_le c n Ht) as C1.
      destruct (power_above n n_pos) as [b [Hb [B1 B2]]]. pose proof (power_double b Hb) as Eb.
      apply (tail_wide n c b S (n * (n * h) + n * (2 * h))); [lia | split; [lia|] | lra | |].
      - assert (Hlt : (b - 1 < p - 1)%Z); [|lia]. apply (Z.pow_lt_mono_r_iff 2); [lia | lia|].
        pose proof (power_double p ltac:(lia)). nia.
      - apply Qabs_Qle_condition in E.
        assert (D1 : n * (S - c * a) <= n * (n * h)) by (apply Qmult_le_l; lra).
        assert (D2 : n * - (n * h) <= n * (S - c * a)) by (apply Qmult_le_l; lra).
        assert (D3 : (n * a - 1) * c <= 2 * h * c) by (apply Qmult_le_compat_r; lra).
        assert (D4 : - (2 * h) * c <= (n * a - 1) * c) by (apply Qmult_le_compat_r; lra).
        assert (D5 : c * (2 * h) <= n * (2 * h)) by (apply Qmult_le_compat_r; lra).
        apply Qabs_Qle_condition. lra.
      - assert (E2 : 2 ^ (1 - p) == 4 * h).
        { replace (1 - p)%Z with (- p + 1)%Z by lia. rewrite power_succ, Ev. ring. }
        assert (E3 : 2 ^ (b - p) <= n * (4 * h)).
        { replace (b - p)%Z with (b - 1 + (1 - p))%Z by lia. rewrite power_add, E2.
          apply Qmult_le_compat_r; [|lra]. rewrite power_integer by lia. apply inject_le. lia. }
        rewrite E2. lra.
    Qed.
  End Order.
End Sums.

(** T1 is right in every order exactly when it is at the least and the greatest sum. *)
Theorem any_right (fl : Q -> Q) (n : Z) (a : Q) (c : nat) :
  (forall x y, x <= y -> fl x <= fl y) -> (0 <= n)%Z -> (1 <= c)%nat ->
  (forall t, terms t = c -> right (tail fl n (order_sum rationals fl a t)) (Z.of_nat c)) <->
  right (tail fl n (lowest rationals fl a c)) (Z.of_nat c) /\
  right (tail fl n (highest rationals fl a c)) (Z.of_nat c).
Proof.
  intros Hfl Hn Hc. apply (inject_le 0) in Hn.
  apply (every_order_right rationals fl a Hfl (tail fl n) (fun y => right y (Z.of_nat c)) c Hc).
  - intros x y H. change (x <= y) in H. unfold tail. apply Hfl.
    assert (R : fl (1 + x) <= fl (1 + y)) by (apply Hfl, Qplus_le_r; exact H).
    rewrite !(Qmult_comm n). apply Qmult_le_compat_r; [|exact Hn].
    apply Q.max_le_compat_l, Hfl. lra.
  - intros x y z Hxy Hyz Hx Hz. change (x <= y) in Hxy. change (y <= z) in Hyz.
    unfold right in *. apply Qabs_Qlt_condition in Hx. apply Qabs_Qlt_condition in Hz.
    apply Qabs_Qlt_condition. lra.
Qed.

(** What the definitions compute: the first failures in bf16. *)
Example bf16_once : tail (round 8) 51 (once (round 8) 51 49) == 99 # 2.
Proof. vm_compute. reflexivity. Qed.

Example bf16_flash : tail (round 8) 65 (flash (round 8) 65 41) == 81 # 2.
Proof. vm_compute. reflexivity. Qed.
