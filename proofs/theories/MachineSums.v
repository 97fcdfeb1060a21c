(** * T14: sums of rounded quotients

    T1 in the numbers of a machine, [MachineCounting.v], where the terms are [a = fl(1 / n)].
    - once, [S = fl(c a)]: every count is right where [4 x^2 + (3/2) x < 3/8],
      [x = n / 2^p], so for [x <= 0.1715].
    - seq, terms [a] added one by one: for [p = 2k - 1 >= 5] the count [c = n = 2^k - 1] is
      wrong.  From [2^(k-1)] terms on every step is a tie that goes down.
    - any: all orders of a sum are right exactly when its least and its greatest value are
      ([SummationOrders.v]).

    Source: ours. *)

From Coq Require Import Setoid Arith Lia ZArith QArith Qabs Qpower Qminmax Qfield Lqa.
From Counterproof Require Import Vectors OrderedField MachineNumbers SummationOrders MachineCounting.

Local Open Scope Q_scope.
Local Coercion inject_Z : Z >-> Q.

Definition once (fl : Q -> Q) (n c : Z) : Q := fl (c * fl (1 / n)).

Fixpoint one_by_one (fl : Q -> Q) (a : Q) (c : nat) : Q :=
  match c with
  | O => 0
  | Datatypes.S c' => fl (one_by_one fl a c' + a)
  end.

Section Sums.
  Variables (p : Z) (fl : Q -> Q).
  Hypothesis p_two : (2 <= p)%Z.
  Hypothesis fl_rounds : rounds_nearest_even p fl.

  Let p_pos : (1 <= p)%Z.
  Proof. lia. Qed.

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

  (** ** once *)

  Theorem once_right (n c : Z) :
    (1 <= c <= n)%Z -> (32 * n * n + 12 * n * 2 ^ p < 3 * 2 ^ p * 2 ^ p)%Z ->
    right (tail fl n (once fl n c)) c.
  Proof.
    intros Hc H. unfold once.
    assert (P0 : (0 < 2 ^ p)%Z) by (apply Z.pow_pos_nonneg; lia).
    assert (Hn4 : (4 * n < 2 ^ p)%Z) by nia.
    set (b := (Z.log2 n + 1)%Z).
    destruct (Z.log2_spec n ltac:(lia)) as [L1 L2].
    assert (Lb : (0 <= Z.log2 n)%Z) by apply Z.log2_nonneg.
    replace (Z.succ (Z.log2 n)) with b in L2 by lia. replace (Z.log2 n) with (b - 1)%Z in L1 by lia.
    assert (Eb : (2 ^ b = 2 * 2 ^ (b - 1))%Z).
    { replace b with (1 + (b - 1))%Z at 1 by lia. rewrite Z.pow_add_r by lia. reflexivity. }
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
    rewrite <- power_integer in N1, N2 by lia.
    (* [v = 2^(-p)]; [h <= n < 2 h] and [g = 1 / h] *)
    set (h := 2 ^ (b - 1)) in *. set (v := 2 ^ (- p)) in *.
    assert (Hv : 0 < v) by apply power_pos. assert (Hh : 0 < h) by apply power_pos.
    set (g := 2 ^ (- (b - 1))). assert (Hg : h * g == 1) by apply power_minus.
    assert (Hg0 : 0 < g) by apply power_pos.
    assert (N0 : 0 < n) by lra.
    assert (En : n * (1 / n) == 1) by (field; lra).
    assert (G1 : 1 / n <= g) by (apply Qle_shift_div_r; nra).
    assert (G2 : g <= 2 * (1 / n)).
    { setoid_replace (2 * (1 / n)) with (2 / n) by (field; lra). apply Qle_shift_div_l; nra. }
    assert (Pv : 2 ^ p * v == 1) by apply power_minus.
    (* the rounded quotient *)
    assert (BA : v <= 1 / n <= 2 ^ p) by lra.
    pose proof (fl_error (1 - b) (1 / n)) as EA. fold v in EA.
    assert (E1 : 2 ^ (1 - b) == g) by (unfold g; replace (- (b - 1))%Z with (1 - b)%Z by lia; reflexivity).
    rewrite E1 in EA. specialize (EA G1 BA). set (a := fl (1 / n)) in *.
    assert (E2 : 2 * 2 ^ (1 - b - p - 1) == g * v).
    { rewrite <- power_succ. replace (1 - b - p - 1 + 1)%Z with (- (b - 1) + - p)%Z by lia.
      apply power_add. }
    set (d := 2 ^ (1 - b - p - 1)) in *. apply Qabs_Qle_condition in EA.
    assert (HA : 0 < d) by apply power_pos.
    assert (A0 : v <= a).
    { apply fl_at_least; [apply representable_power | exact A1 | exact BA]. }
    assert (Nd : n * d < v).
    { assert (n * (g * v) < 2 * h * (g * v)) by (apply Qmult_lt_r; [nra | lra]). nra. }
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
          { assert (Hvv : 0 < v * v) by (apply Qmult_lt_0_compat; assumption). apply (Qmult_lt_r _ _ (v * v) Hvv) in H.
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

  (** ** seq *)

  Theorem seq_wrong (k : Z) : (3 <= k)%Z -> p = (2 * k - 1)%Z ->
    let n := (2 ^ k - 1)%Z in
    ~ right (tail fl n (one_by_one fl (fl (1 / n)) (Z.to_nat n))) n.
  Proof.
    intros Hk Ep n. set (K := (2 ^ (k - 2))%Z).
    assert (HK : (2 <= K)%Z) by (apply (Z.pow_le_mono_r 2 1 (k - 2)); lia).
    assert (KE : Z.even K = true) by (apply Z.even_pow; lia).
    assert (En : n = (4 * K - 1)%Z).
    { unfold n, K. replace k with (2 + (k - 2))%Z at 1 by lia. rewrite Z.pow_add_r by lia.
      reflexivity. }
    assert (P1 : (2 ^ (p - 1) = 4 * K * K)%Z).
    { unfold K. replace (p - 1)%Z with (2 + (k - 2) + (k - 2))%Z by lia.
      rewrite !Z.pow_add_r by lia. reflexivity. }
    assert (P2 : (2 ^ p = 8 * K * K)%Z).
    { replace p with (1 + (p - 1))%Z by lia. rewrite Z.pow_add_r, P1 by lia. lia. }
    pose proof (inject_le _ _ HK) as QK. change (inject_Z 2) with 2 in QK.
    assert (P1q : (2 ^ (p - 1))%Z == 4 * K * K) by (rewrite P1, !inject_Z_mult; reflexivity).
    assert (P2q : (2 ^ p)%Z == 8 * K * K) by (rewrite P2, !inject_Z_mult; reflexivity).
    assert (Nq : n == 4 * K - 1) by (rewrite En, inject_minus, inject_Z_mult; reflexivity).
    (* [v] is the unit of sums in [1/2, 1) *)
    set (v := 2 ^ (- p)). assert (Hv : 0 < v) by apply power_pos.
    assert (Pv : 8 * (K * K * v) == 1).
    { pose proof (power_minus p) as E. rewrite power_integer, P2q in E by lia. fold v in E. lra. }
    assert (Kv : 16 * (K * v) <= 1) by nra.
    assert (Kv1 : 2 * v <= K * v) by (apply Qmult_le_compat_r; lra).
    assert (PP : 2 ^ p == 8 * K * K) by (rewrite power_integer by lia; exact P2q).
    assert (V1 : 8 * (K * K * K * v) == K) by (rewrite <- (Qmult_1_r K) at 4; rewrite <- Pv; ring).
    assert (Ev : v == 2 * 2 ^ (- p - 1)).
    { rewrite <- power_succ. replace (- p - 1 + 1)%Z with (- p)%Z by lia. reflexivity. }
    assert (EKv : K * v == 2 ^ (k - 2 - p)).
    { unfold K, v. rewrite <- power_integer, <- power_add by lia.
      replace (k - 2 + - p)%Z with (k - 2 - p)%Z by lia. reflexivity. }
    pose proof power_four as Hf.
    (* the rounded quotient is [(4 K + 1) v / 2] *)
    pose proof (quotient_range n 1 ltac:(lia) ltac:(rewrite En, P2; nia)) as [A1 A2].
    change (inject_Z 1) with 1 in A1, A2. fold v in A1.
    assert (EA : fl (1 / n) == (4 * K + 1) * ((1 # 2) * v)).
    { assert (Eu : 2 ^ (2 - 3 * k) * K == (1 # 2) * v).
      { unfold K. rewrite <- power_integer, <- power_add, Ev by lia.
        replace (2 - 3 * k + (k - 2))%Z with (- p - 1)%Z by lia. ring. }
      transitivity ((4 * K * K + K)%Z * 2 ^ (2 - 3 * k)).
      2: { rewrite inject_Z_plus, !inject_Z_mult. change (inject_Z 4) with 4. rewrite <- Eu. ring. }
      apply fl_is; [fold v; lra|].
      assert (T : K / n * (4 * K - 1) == K) by (rewrite Nq; field; lra).
      assert (T1 : 0 <= K / n) by (apply Qle_shift_div_l; lra).
      assert (T2 : K / n <= 2 # 7) by (apply Qle_shift_div_r; lra).
      apply (rounds_units p p_pos (2 - 3 * k) (4 * K * K + K) (K / n)).
      - rewrite inject_Z_plus, !inject_Z_mult. change (inject_Z 4) with 4.
        apply (Qmult_inj_l _ _ K); [lra|].
        transitivity ((4 * K * K + K + K / n) * (2 ^ (2 - 3 * k) * K)); [rewrite Eu | ring].
        rewrite Nq in *. set (t := K / (4 * K - 1)) in *.
        assert (Et : K * (1 / (4 * K - 1)) == t) by (unfold t; field; lra). rewrite Et.
        apply (Qmult_inj_l _ _ (4 * K - 1)); [lra|].
        assert (E : (4 * K - 1) * ((4 * K * K + K + t) * ((1 # 2) * v))
                    == (1 # 2) * ((4 * K - 1) * (4 * K * K + K) * v + t * (4 * K - 1) * v)) by ring.
        rewrite E, T. setoid_replace ((4 * K - 1) * t) with K by lra. lra.
      - rewrite inject_Z_plus, !inject_Z_mult, P1q, P2q. change (inject_Z 4) with 4. nra.
      - lra.
      - intros [D|D]; lra. }
    set (a := fl (1 / n)) in *.
    (* exact sums *)
    assert (H1 : forall i, (Z.of_nat i <= 2 * K)%Z ->
      one_by_one fl a i == (Z.of_nat i * (4 * K + 1))%Z * 2 ^ (- p - 1)).
    { intros i. induction i as [|i IH]; intros Hi; [simpl; ring|]. cbn [one_by_one].
      specialize (IH ltac:(lia)). rewrite Nat2Z.inj_succ in *. unfold Z.succ in *.
      set (z := Z.of_nat i) in *. assert (Z0 : (0 <= z)%Z) by lia.
      assert (Ex : one_by_one fl a i + a == ((z + 1) * (4 * K + 1))%Z * 2 ^ (- p - 1)).
      { rewrite IH, EA, Ev, !inject_Z_mult, !inject_Z_plus, !inject_Z_mult.
        change (inject_Z 1) with 1. change (inject_Z 4) with 4. ring. }
      assert (Hw : 0 < 2 ^ (- p - 1)) by apply power_pos.
      rewrite <- Ex at 1. apply fl_exact.
      - right. fold v. rewrite Ex, Ev.
        pose proof (multiple_le 2 ((z + 1) * (4 * K + 1)) _ Hw ltac:(nia)) as M1.
        pose proof (multiple_le ((z + 1) * (4 * K + 1)) (16 * K * K) _ Hw ltac:(nia)) as M2.
        change (inject_Z 2) with 2 in M1.
        rewrite !inject_Z_mult in M2. change (inject_Z 16) with 16 in M2. split; [lra|].
        rewrite !inject_Z_mult. rewrite Ev in Pv. lra.
      - rewrite Ex. destruct (Z.eq_dec (z + 1) (2 * K)) as [E|E].
        + exists (4 * K + 1)%Z, (k - 1 + (- p - 1))%Z. split; [rewrite P2; nia|].
          rewrite power_add, E, inject_Z_mult.
          assert (E2K : (2 * K)%Z == 2 ^ (k - 1)).
          { rewrite power_integer by lia. unfold K. replace (k - 1)%Z with (1 + (k - 2))%Z by lia.
            rewrite (Z.pow_add_r 2 1) by lia. reflexivity. }
          rewrite E2K. ring.
        + exists ((z + 1) * (4 * K + 1))%Z, (- p - 1)%Z. split; [rewrite P2; nia | reflexivity]. }
    (* ties that go down *)
    assert (H2 : forall j, (Z.of_nat j <= 2 * K - 1)%Z ->
      one_by_one fl a (Z.to_nat (2 * K) + j)
      == (4 * K * K + K + 2 * K * Z.of_nat j)%Z * v).
    { intros j. induction j as [|j IH]; intros Hj.
      - rewrite Nat.add_0_r, H1, Z2Nat.id by lia. rewrite Ev.
        change (Z.of_nat 0) with 0%Z. rewrite !inject_Z_mult, !inject_Z_plus, !inject_Z_mult.
        change (inject_Z 1) with 1. change (inject_Z 4) with 4. change (inject_Z 2) with 2.
        change (inject_Z 0) with 0. ring.
      - rewrite Nat.add_succ_r. cbn [one_by_one]. specialize (IH ltac:(lia)).
        rewrite Nat2Z.inj_succ in *. unfold Z.succ in *. set (z := Z.of_nat j) in *.
        assert (Z0 : (0 <= z)%Z) by lia.
        assert (Z1 : 0 <= z) by (apply (inject_le 0); exact Z0).
        assert (Z2 : z <= 2 * K - 2).
        { pose proof (inject_le z (2 * K - 2) ltac:(lia)) as H.
          rewrite inject_minus, inject_Z_mult in H. exact H. }
        assert (Ex : one_by_one fl a (Z.to_nat (2 * K) + j) + a
                     == ((4 * K * K + K + 2 * K * (z + 1))%Z + (1 # 2)) * v).
        { rewrite IH, EA, !inject_Z_plus, !inject_Z_mult, !inject_Z_plus.
          change (inject_Z 1) with 1. change (inject_Z 4) with 4. change (inject_Z 2) with 2. ring. }
        assert (Eq : (4 * K * K + K + 2 * K * (z + 1))%Z == 4 * K * K + K + 2 * K * (z + 1)).
        { rewrite !inject_Z_plus, !inject_Z_mult, !inject_Z_plus. reflexivity. }
        assert (B1 : 4 * K * K <= 4 * K * K + K + 2 * K * (z + 1) + (1 # 2)) by nra.
        assert (B2 : 4 * K * K + K + 2 * K * (z + 1) + (1 # 2) < 8 * K * K) by nra.
        apply fl_is.
        + fold v. rewrite Ex, Eq, PP. split.
          * setoid_replace v with (1 * v) at 1 by ring. apply Qmult_le_compat_r; nra.
          * apply Qle_trans with (8 * K * K * v); [apply Qmult_le_compat_r; lra | nra].
        + apply (rounds_units p p_pos (- p) _ (1 # 2)); [exact Ex | rewrite Eq, P1q, P2q; lra | lra|].
          intros _. rewrite !Z.even_add, !Z.even_mul, KE. reflexivity. }
    assert (ES : one_by_one fl a (Z.to_nat n) == 1 - K * v).
    { replace (Z.to_nat n) with (Z.to_nat (2 * K) + Z.to_nat (2 * K - 1))%nat by lia.
      rewrite H2, Z2Nat.id by lia. replace (4 * K * K + K + 2 * K * (2 * K - 1))%Z with (8 * K * K - K)%Z by lia.
      rewrite inject_minus, !inject_Z_mult. change (inject_Z 8) with 8. lra. }
    clear H1 H2. unfold tail. set (S := one_by_one fl a (Z.to_nat n)) in *.
    assert (Er : fl (1 + S) == 2 - K * v).
    { apply fl_is; [fold v; lra|]. assert (E : 1 + S == 2 - K * v) by lra. rewrite E.
      apply rounds_exact; [exact p_pos|]. exists (16 * K - 1)%Z, (k - 2 - p)%Z.
      split; [rewrite P2; nia|]. rewrite <- EKv, inject_minus, inject_Z_mult.
      change (inject_Z 16) with 16. change (inject_Z 1) with 1. lra. }
    set (r := fl (1 + S)) in *.
    assert (Eu : fl (r - 1) == 1 - K * v).
    { apply fl_is; [fold v; nra|]. assert (E : r - 1 == 1 - K * v) by lra. rewrite E.
      apply rounds_exact; [exact p_pos|]. exists (8 * K * K - K)%Z, (- p)%Z.
      split; [rewrite P2; nia|]. rewrite inject_minus, !inject_Z_mult. fold v.
      change (inject_Z 8) with 8. lra. }
    assert (Eu' : relu (fl (r - 1)) == 1 - K * v) by (rewrite relu_pos by lra; exact Eu).
    set (u := relu (fl (r - 1))) in *.
    assert (Ee : 2 ^ (1 - k) == 4 * (K * v)).
    { rewrite EKv. change 4 with (2 ^ 2). rewrite <- power_add.
      replace (2 + (k - 2 - p))%Z with (1 - k)%Z by lia. reflexivity. }
    assert (Ey : fl (n * u) == (8 * K * K - 3 * K)%Z * 2 ^ (1 - k)).
    { assert (Ex : n * u == 4 * K - (3 # 2) + K * v) by (rewrite Eu', Nq; lra).
      apply fl_is; [fold v; rewrite Ex, PP; split; nra|].
      apply (rounds_units p p_pos (1 - k) _ (1 # 4)).
      - rewrite Ex, Ee, inject_minus, !inject_Z_mult. change (inject_Z 8) with 8.
        change (inject_Z 3) with 3. lra.
      - rewrite inject_minus, !inject_Z_mult, P1q, P2q. change (inject_Z 8) with 8.
        change (inject_Z 3) with 3. nra.
      - lra.
      - intros [D|D]; lra. }
    unfold right. rewrite Ey, Ee, Nq, inject_minus, !inject_Z_mult. change (inject_Z 8) with 8.
    change (inject_Z 3) with 3. intros C. apply Qabs_Qlt_condition in C. lra.
  Qed.
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
Example bf16_seq :
  tail (round 8) 27 (one_by_one (round 8) (round 8 (1 / 27%Z)) 24) == 49 # 2.
Proof. vm_compute. reflexivity. Qed.

Example bf16_once : tail (round 8) 51 (once (round 8) 51 49) == 99 # 2.
Proof. vm_compute. reflexivity. Qed.

Example bf16_flash : tail (round 8) 65 (flash (round 8) 65 41) == 81 # 2.
Proof. vm_compute. reflexivity. Qed.
