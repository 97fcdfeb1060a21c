(** * T14: terms added one by one

    T1 in the numbers of a machine, [MachineCounting.v], where the terms [a = fl(1 / n)] are
    added one after another.  The count [c = n] is wrong
    - at [n = 2^k - 1] for [p = 2k - 1 >= 5]: from [2^(k-1)] terms on every step is a tie that
      goes down;
    - at [n = 2^(k+1) - 1] for [p = 2k >= 8]: the same from [2^(k-1)] to [2^k] terms, and
      further on [a] is a quarter of a unit above a multiple.
    So [N <= 2^(floor(p/2) + 1) - 2] for [p >= 7] and [p = 5].

    Source: ours. *)

From Coq Require Import Setoid Arith Lia ZArith QArith Qabs Qpower Qfield Lqa.
From Counterproof Require Import Vectors OrderedField MachineNumbers SummationOrders
  MachineCounting.

Local Open Scope Q_scope.
Local Coercion inject_Z : Z >-> Q.

Section OneByOne.
  Variables (p : Z) (fl : Q -> Q).
  Hypothesis p_two : (2 <= p)%Z.
  Hypothesis fl_rounds : rounds_nearest_even p fl.

  Let p_pos : (1 <= p)%Z.
  Proof. lia. Qed.

  (* the lemmas of [MachineCounting.v] for this [p] and [fl] *)
  Let fl_is := fl_is p fl p_two fl_rounds.
  Let fl_exact := fl_exact p fl p_two fl_rounds.

  (** The sum of [i] terms. *)
  Definition sum_of (a : Q) (i : nat) : Q := order_sum rationals fl a (one_by_one i).

  Lemma sum_of_succ a i : (1 <= i)%nat -> sum_of a (S i) = fl (sum_of a i + a).
  Proof. destruct i as [|i]; [lia | reflexivity]. Qed.

  (** Exact steps: multiples of [a = A 2^e] that are numbers of [p] bits. *)
  Lemma steps_exact (e A m : Z) a :
    a == A * 2 ^ e -> (1 <= A)%Z -> 2 ^ (- p) <= a -> m * A * 2 ^ e <= 2 ^ p ->
    (forall i, (1 <= i <= m)%Z -> representable p ((i * A)%Z * 2 ^ e)) ->
    forall i, (1 <= Z.of_nat i <= m)%Z -> sum_of a i == (Z.of_nat i * A)%Z * 2 ^ e.
  Proof.
    intros Ea HA He Hm R i. pose proof (power_pos e) as Hu.
    induction i as [|i IH]; intros Hi; [lia|]. destruct (Nat.eq_dec i 0) as [->|Hne].
    { change (sum_of a 1) with a. change (Z.of_nat 1 * A)%Z with (1 * A)%Z. rewrite Z.mul_1_l.
      exact Ea. }
    rewrite sum_of_succ by lia. specialize (IH ltac:(lia)). rewrite Nat2Z.inj_succ in *.
    unfold Z.succ in *. set (z := Z.of_nat i) in *.
    assert (Ex : sum_of a i + a == ((z + 1) * A)%Z * 2 ^ e).
    { rewrite IH, Ea, !inject_Z_mult, inject_succ. ring. }
    rewrite <- Ex at 1. apply fl_exact; [right | rewrite Ex; apply R; lia]. rewrite Ex. split.
    - apply Qle_trans with (1 := He). rewrite Ea. apply multiple_le; [exact Hu | nia].
    - apply Qle_trans with (2 := Hm). rewrite <- inject_Z_mult. apply multiple_le; [exact Hu | nia].
  Qed.

  (** Steps that go down: [a] is [A + d] units, [d <= 1/2], and sums stay in one binade. *)
  Lemma steps_down (e A K m : Z) (d : Q) a i0 :
    (1 <= i0)%nat -> sum_of a i0 == K * 2 ^ e -> a == (A + d) * 2 ^ e ->
    0 <= d <= 1 # 2 -> (d == 1 # 2 -> Z.even K = true /\ Z.even A = true) ->
    (0 <= A)%Z -> (2 ^ (p - 1) <= K)%Z -> (K + A * m + 1 <= 2 ^ p)%Z -> (1 - 2 * p <= e <= 0)%Z ->
    forall j, (Z.of_nat j <= m)%Z -> sum_of a (i0 + j) == (K + A * Z.of_nat j)%Z * 2 ^ e.
  Proof.
    intros Hi E0 Ea Hd Ht HA HK Hm He j. pose proof (power_pos e) as Hu.
    induction j as [|j IH]; intros Hj.
    { rewrite Nat.add_0_r, E0. change (Z.of_nat 0) with 0%Z. rewrite Z.mul_0_r, Z.add_0_r. reflexivity. }
    rewrite Nat.add_succ_r, sum_of_succ by lia. specialize (IH ltac:(lia)).
    rewrite Nat2Z.inj_succ in *. unfold Z.succ in *. set (z := Z.of_nat j) in *.
    set (k := (K + A * (z + 1))%Z).
    assert (Ex : sum_of a (i0 + j) + a == (k + d) * 2 ^ e).
    { rewrite IH, Ea. unfold k. rewrite !inject_Z_plus, !inject_Z_mult, inject_succ. ring. }
    assert (B : (2 ^ (p - 1) <= k)%Z /\ (k + 1 <= 2 ^ p)%Z) by (unfold k; nia).
    destruct B as [B1 B2]. apply inject_le in B1. apply inject_le in B2. rewrite inject_succ in B2.
    apply fl_is.
    - rewrite Ex. split.
      + apply Qle_trans with ((2 ^ (p - 1))%Z * 2 ^ e); [|apply Qmult_le_compat_r; lra].
        rewrite <- unit_low by exact p_pos. apply power_le. lia.
      + apply Qle_trans with ((2 ^ p)%Z * 2 ^ e); [apply Qmult_le_compat_r; lra|].
        rewrite <- unit_high by exact p_pos. apply power_le. lia.
    - apply (rounds_units p p_pos e k d); [exact Ex | lra | lra|].
      intros [D|D]; [|lra]. destruct (Ht D) as [T1 T2]. unfold k.
      rewrite Z.even_add, Z.even_mul, T1, T2. reflexivity.
  Qed.

  (** ** The terms, and the tail *)

  (** [1 / (2^t - 1)] is [(2^t + 1) / 4^t] and a little more. *)
  Lemma near_power t : (2 <= t)%Z -> (t + 1 <= p < 2 * t)%Z ->
    fl (1 / (2 ^ t - 1)%Z) == (2 ^ t + 1)%Z * 2 ^ (- (2 * t)).
  Proof.
    intros Ht Hp. set (N := (2 ^ t)%Z). set (M := (2 ^ (p - 1 - t))%Z). set (u := 2 ^ (1 - t - p)).
    assert (HM : (1 <= M)%Z) by (apply (Z.pow_le_mono_r 2 0); lia).
    assert (HN : (4 <= N)%Z) by (apply (Z.pow_le_mono_r 2 2); lia).
    assert (HMN : (4 * M <= N)%Z).
    { unfold M, N. change 4%Z with (2 ^ 2)%Z. rewrite <- Z.pow_add_r by lia.
      apply Z.pow_le_mono_r; lia. }
    assert (P1 : (2 ^ (p - 1) = N * M)%Z).
    { unfold N, M. rewrite <- Z.pow_add_r by lia. f_equal. lia. }
    assert (P2 : (2 ^ p = 2 * (N * M))%Z).
    { rewrite <- P1. replace p with (1 + (p - 1))%Z at 1 by lia. apply Z.pow_add_r; lia. }
    apply inject_le in HM, HN, HMN. rewrite inject_Z_mult in HMN. change (inject_Z 4) with 4 in HMN, HN.
    change (inject_Z 1) with 1 in HM.
    assert (Hu : 0 < u) by apply power_pos.
    assert (EM : 2 ^ (- (2 * t)) == M * u).
    { unfold M, u. rewrite <- power_integer, <- power_add by lia.
      replace (p - 1 - t + (1 - t - p))%Z with (- (2 * t))%Z by lia. reflexivity. }
    assert (E1 : N * N * (M * u) == 1).
    { unfold N. rewrite <- power_integer, <- EM, <- !power_add by lia.
      replace (t + t + - (2 * t))%Z with 0%Z by lia. reflexivity. }
    assert (En : (N - 1)%Z == N - 1) by apply inject_minus.
    set (d := M / (N - 1)). assert (Ed : d * (N - 1) == M) by (unfold d; field; lra).
    assert (D0 : 0 <= d) by (apply Qle_shift_div_l; lra).
    assert (D1 : d <= 1 # 3) by (apply Qle_shift_div_r; lra).
    assert (Eq : 1 / (N - 1)%Z == ((N + 1) * M + d) * u).
    { rewrite En. apply (Qmult_inj_r _ _ (N - 1)); [lra|].
      transitivity (N * N * (M * u)); [rewrite E1; field; lra|].
      transitivity (((N + 1) * (N - 1) * M + d * (N - 1)) * u); [rewrite Ed|]; ring. }
    assert (Hlt : (N - 1 <= 2 ^ p)%Z) by (rewrite P2; apply inject_le_inv;
      rewrite En, !inject_Z_mult; change (inject_Z 2) with 2; nra).
    assert (B : 2 ^ (- p) <= 1 / (N - 1)%Z <= 1).
    { apply (quotient_range p p_two (N - 1) 1); [|exact Hlt]. split; [lia|].
      apply inject_le_inv. rewrite En. change (inject_Z 1) with 1. lra. }
    pose proof (power_four p p_two) as Hf.
    transitivity (((N + 1) * M)%Z * u).
    - apply fl_is; [lra|]. apply (rounds_units p p_pos (1 - t - p) ((N + 1) * M) d).
      + rewrite inject_Z_mult, inject_succ. exact Eq.
      + rewrite P1, P2, !inject_Z_mult, inject_succ. change (inject_Z 2) with 2. nra.
      + lra.
      + intros [D|D]; lra.
    - rewrite EM, inject_Z_mult. ring.
  Qed.

  (** The tail where only its last step rounds. *)
  Lemma tail_at (n : Z) S y :
    (1 <= n <= 2 ^ p)%Z -> 1 # 2 <= S <= 1 -> representable p S -> representable p (1 + S) ->
    rounds p (n * S) y -> tail fl n S == y.
  Proof.
    intros Hn HS R1 R2 R. pose proof (power_four p p_two) as Hf. pose proof (power_quarter p p_two) as Hq.
    assert (Er : fl (1 + S) == 1 + S) by (apply fl_exact; [right; lra | exact R2]).
    unfold tail. set (r := fl (1 + S)) in *.
    assert (E : r - 1 == S) by (rewrite Er; ring).
    assert (Eu : fl (r - 1) == S).
    { transitivity (r - 1); [|exact E].
      apply fl_exact; [right; rewrite E; lra | rewrite E; exact R1]. }
    assert (Ev : relu (fl (r - 1)) == S) by (rewrite relu_pos by lra; exact Eu).
    set (u := relu (fl (r - 1))) in *.
    pose proof (inject_le _ _ (proj1 Hn)) as N1. change (inject_Z 1) with 1 in N1.
    pose proof (inject_le _ _ (proj2 Hn)) as N2. rewrite <- power_integer in N2 by lia.
    assert (X0 : 1 * S <= n * S) by (apply Qmult_le_compat_r; lra).
    assert (X1 : n * S <= n * 1) by (apply Qmult_le_l; lra).
    apply fl_is; [rewrite Ev; lra | rewrite Ev; exact R].
  Qed.

  (** ** Odd precision *)

  Theorem seq_wrong_odd (k : Z) : (3 <= k)%Z -> p = (2 * k - 1)%Z ->
    let n := (2 ^ k - 1)%Z in
    ~ right (tail fl n (sum_of (fl (1 / n)) (Z.to_nat n))) n.
  Proof.
    intros Hk Ep n. set (a := fl (1 / n)). set (K := (2 ^ (k - 2))%Z).
    assert (HK : (2 <= K)%Z) by (apply (Z.pow_le_mono_r 2 1 (k - 2)); lia).
    assert (KE : Z.even K = true) by (apply Z.even_pow; lia).
    assert (E4 : (2 ^ k = 4 * K)%Z).
    { unfold K. change 4%Z with (2 ^ 2)%Z. rewrite <- Z.pow_add_r by lia. f_equal. lia. }
    assert (P1 : (2 ^ (p - 1) = 4 * K * K)%Z).
    { unfold K. replace (p - 1)%Z with (2 + (k - 2) + (k - 2))%Z by lia.
      rewrite !Z.pow_add_r by lia. reflexivity. }
    assert (P2 : (2 ^ p = 8 * K * K)%Z).
    { replace p with (1 + (p - 1))%Z by lia. rewrite Z.pow_add_r, P1 by lia. lia. }
    pose proof (inject_le _ _ HK) as QK. change (inject_Z 2) with 2 in QK.
    (* [w = 4^(-k)] *)
    set (w := 2 ^ (- (2 * k))). assert (Hw : 0 < w) by apply power_pos.
    assert (Ew : 2 ^ (- p) == 2 * w).
    { unfold w. rewrite <- power_succ. replace (- (2 * k) + 1)%Z with (- p)%Z by lia. reflexivity. }
    assert (W : 16 * (K * K * w) == 1).
    { pose proof (power_minus p) as E. rewrite Ew, power_integer, P2, !inject_Z_mult in E by lia.
      change (inject_Z 8) with 8 in E. lra. }
    assert (W3 : 16 * (K * K * K * w) == K).
    { transitivity (K * (16 * (K * K * w))); [ring | rewrite W; ring]. }
    assert (EK : K * w == 2 ^ (k - 2 - 2 * k)).
    { unfold K, w. rewrite <- power_integer, <- power_add by lia.
      replace (k - 2 + - (2 * k))%Z with (k - 2 - 2 * k)%Z by lia. reflexivity. }
    assert (Kp : 0 < K * w) by (rewrite EK; apply power_pos).
    assert (Kw1 : 2 * w <= K * w) by (apply Qmult_le_compat_r; lra).
    assert (Kw : 32 * (K * w) <= 1).
    { assert (2 * (K * w) <= K * (K * w)) by (apply Qmult_le_compat_r; lra). lra. }
    assert (Ea : a == (4 * K + 1)%Z * w).
    { unfold a, n. rewrite near_power by lia. rewrite E4. reflexivity. }
    (* exact sums *)
    assert (H1 : sum_of a (Z.to_nat (2 * K)) == (4 * K * K + K)%Z * 2 ^ (- p)).
    { assert (H : forall i, (1 <= Z.of_nat i <= 2 * K)%Z ->
                  sum_of a i == (Z.of_nat i * (4 * K + 1))%Z * w).
      { apply (steps_exact (- (2 * k)) (4 * K + 1) (2 * K)); [exact Ea | lia | | |].
        - rewrite Ea, Ew, inject_succ, inject_Z_mult. change (inject_Z 4) with 4. lra.
        - fold w. rewrite !inject_Z_mult, inject_succ, inject_Z_mult. change (inject_Z 2) with 2.
          change (inject_Z 4) with 4. pose proof (power_four p p_two) as Hf. lra.
        - intros i Hi. fold w. destruct (Z.eq_dec i (2 * K)) as [->|Hne].
          + exists (4 * K + 1)%Z, (k - 2 - 2 * k + 1)%Z. split; [rewrite P2; nia|].
            rewrite power_succ, <- EK, !inject_Z_mult. change (inject_Z 2) with 2. ring.
          + exists (i * (4 * K + 1))%Z, (- (2 * k))%Z. split; [rewrite P2; nia | reflexivity]. }
      rewrite H by lia. rewrite Z2Nat.id by lia. rewrite Ew.
      rewrite inject_Z_plus, !inject_Z_mult, inject_succ, inject_Z_mult.
      change (inject_Z 2) with 2. change (inject_Z 4) with 4. ring. }
    (* ties that go down *)
    assert (ES : sum_of a (Z.to_nat n) == (8 * K * K - K)%Z * 2 ^ (- p)).
    { unfold n. rewrite E4.
      replace (Z.to_nat (4 * K - 1)) with (Z.to_nat (2 * K) + Z.to_nat (2 * K - 1))%nat by lia.
      rewrite (steps_down (- p) (2 * K) (4 * K * K + K) (2 * K - 1) (1 # 2) a (Z.to_nat (2 * K)));
        try lia; [| exact H1 | | lra |].
      - rewrite Z2Nat.id by lia.
        replace (4 * K * K + K + 2 * K * (2 * K - 1))%Z with (8 * K * K - K)%Z by lia. reflexivity.
      - rewrite Ea, Ew, inject_succ, !inject_Z_mult. change (inject_Z 2) with 2.
        change (inject_Z 4) with 4. ring.
      - intros _. rewrite Z.even_add, !Z.even_mul, KE. auto. }
    rewrite Ew, inject_minus, !inject_Z_mult in ES. change (inject_Z 8) with 8 in ES.
    set (S := sum_of a (Z.to_nat n)) in *.
    assert (S1 : S == 1 - 2 * (K * w)) by lra.
    assert (Nq : n == 4 * K - 1).
    { unfold n. rewrite E4, inject_minus, inject_Z_mult. reflexivity. }
    assert (Ee : 2 ^ (1 - k) == 8 * (K * w)).
    { rewrite EK. change 8 with (2 ^ 3). rewrite <- power_add.
      replace (3 + (k - 2 - 2 * k))%Z with (1 - k)%Z by lia. reflexivity. }
    assert (Ey : tail fl n S == (8 * K * K - 3 * K)%Z * 2 ^ (1 - k)).
    { apply tail_at.
      - unfold n. rewrite E4, P2. nia.
      - lra.
      - exists (8 * K * K - K)%Z, (- p)%Z. split; [rewrite P2; nia|].
        rewrite Ew, inject_minus, !inject_Z_mult. exact ES.
      - exists (16 * K - 1)%Z, (k - 2 - 2 * k + 1)%Z. split; [rewrite P2; nia|].
        rewrite power_succ, <- EK, S1, inject_minus, inject_Z_mult. change (inject_Z 16) with 16.
        change (inject_Z 1) with 1. lra.
      - apply (rounds_units p p_pos (1 - k) _ (1 # 4)).
        + rewrite S1, Nq, Ee, inject_minus, !inject_Z_mult. change (inject_Z 8) with 8.
          change (inject_Z 3) with 3. lra.
        + rewrite P1, P2, inject_minus, !inject_Z_mult. change (inject_Z 8) with 8.
          change (inject_Z 3) with 3. change (inject_Z 4) with 4. nra.
        + lra.
        + intros [D|D]; lra. }
    unfold right. rewrite Ey, Ee, Nq, inject_minus, !inject_Z_mult. change (inject_Z 8) with 8.
    change (inject_Z 3) with 3. intros C. apply Qabs_Qlt_condition in C. lra.
  Qed.

  (** ** Even precision *)

  Theorem seq_wrong_even (k : Z) : (4 <= k)%Z -> p = (2 * k)%Z ->
    let n := (2 ^ (k + 1) - 1)%Z in
    ~ right (tail fl n (sum_of (fl (1 / n)) (Z.to_nat n))) n.
  Proof.
    intros Hk Ep n. set (a := fl (1 / n)). set (L := (2 ^ (k - 3))%Z).
    assert (HL : (2 <= L)%Z) by (apply (Z.pow_le_mono_r 2 1 (k - 3)); lia).
    assert (LE : Z.even L = true) by (apply Z.even_pow; lia).
    assert (E16 : (2 ^ (k + 1) = 16 * L)%Z).
    { unfold L. change 16%Z with (2 ^ 4)%Z. rewrite <- Z.pow_add_r by lia. f_equal. lia. }
    assert (P1 : (2 ^ (p - 1) = 32 * L * L)%Z).
    { unfold L. replace (p - 1)%Z with (5 + (k - 3) + (k - 3))%Z by lia.
      rewrite !Z.pow_add_r by lia. reflexivity. }
    assert (P2 : (2 ^ p = 64 * L * L)%Z).
    { replace p with (1 + (p - 1))%Z by lia. rewrite Z.pow_add_r, P1 by lia. lia. }
    pose proof (inject_le _ _ HL) as QL. change (inject_Z 2) with 2 in QL.
    (* [w = 4^(-k-1)] *)
    set (w := 2 ^ (- (2 * (k + 1)))). assert (Hw : 0 < w) by apply power_pos.
    assert (Ew2 : 2 ^ (- p - 1) == 2 * w).
    { unfold w. rewrite <- power_succ. replace (- (2 * (k + 1)) + 1)%Z with (- p - 1)%Z by lia.
      reflexivity. }
    assert (Ew : 2 ^ (- p) == 4 * w).
    { replace (- p)%Z with (- p - 1 + 1)%Z by lia. rewrite power_succ, Ew2. ring. }
    assert (W : 256 * (L * L * w) == 1).
    { pose proof (power_minus p) as E. rewrite Ew, power_integer, P2, !inject_Z_mult in E by lia.
      change (inject_Z 64) with 64 in E. lra. }
    assert (W3 : 256 * (L * L * L * w) == L).
    { transitivity (L * (256 * (L * L * w))); [ring | rewrite W; ring]. }
    assert (EL : L * w == 2 ^ (- k - 5)).
    { unfold L, w. rewrite <- power_integer, <- power_add by lia.
      replace (k - 3 + - (2 * (k + 1)))%Z with (- k - 5)%Z by lia. reflexivity. }
    assert (Lp : 0 < L * w) by (rewrite EL; apply power_pos).
    assert (Lw1 : 2 * w <= L * w) by (apply Qmult_le_compat_r; lra).
    assert (Lw : 512 * (L * w) <= 1).
    { assert (2 * (L * w) <= L * (L * w)) by (apply Qmult_le_compat_r; lra). lra. }
    assert (Ea : a == (16 * L + 1)%Z * w).
    { unfold a, n. rewrite near_power by lia. rewrite E16. reflexivity. }
    assert (Eq : a == (16 * L + 1) * w).
    { rewrite Ea, inject_succ, inject_Z_mult. reflexivity. }
    pose proof (power_four p p_two) as Hf.
    (* exact sums *)
    assert (H1 : sum_of a (Z.to_nat (4 * L)) == (32 * L * L + 2 * L)%Z * 2 ^ (- p - 1)).
    { assert (H : forall i, (1 <= Z.of_nat i <= 4 * L)%Z ->
                  sum_of a i == (Z.of_nat i * (16 * L + 1))%Z * w).
      { apply (steps_exact (- (2 * (k + 1))) (16 * L + 1) (4 * L)); [exact Ea | lia | | |].
        - rewrite Eq, Ew. lra.
        - fold w. rewrite !inject_Z_mult, inject_succ, inject_Z_mult. change (inject_Z 4) with 4.
          change (inject_Z 16) with 16. lra.
        - intros i Hi. fold w. destruct (Z.eq_dec i (4 * L)) as [->|Hne].
          + exists (16 * L + 1)%Z, (- k - 5 + 1 + 1)%Z. split; [rewrite P2; nia|].
            rewrite !power_succ, <- EL, !inject_Z_mult. change (inject_Z 4) with 4. ring.
          + exists (i * (16 * L + 1))%Z, (- (2 * (k + 1)))%Z. split; [rewrite P2; nia | reflexivity]. }
      rewrite H by lia. rewrite Z2Nat.id by lia. rewrite Ew2.
      rewrite inject_Z_plus, !inject_Z_mult, inject_succ, inject_Z_mult.
      change (inject_Z 2) with 2. change (inject_Z 4) with 4. change (inject_Z 16) with 16.
      change (inject_Z 32) with 32. ring. }
    (* ties that go down *)
    assert (H2 : sum_of a (Z.to_nat (8 * L - 1)) == (64 * L * L - 6 * L)%Z * 2 ^ (- p - 1)).
    { replace (Z.to_nat (8 * L - 1)) with (Z.to_nat (4 * L) + Z.to_nat (4 * L - 1))%nat by lia.
      rewrite (steps_down (- p - 1) (8 * L) (32 * L * L + 2 * L) (4 * L - 1) (1 # 2) a
                 (Z.to_nat (4 * L))); try lia; [| exact H1 | | lra |].
      - rewrite Z2Nat.id by lia.
        replace (32 * L * L + 2 * L + 8 * L * (4 * L - 1))%Z with (64 * L * L - 6 * L)%Z by lia.
        reflexivity.
      - rewrite Eq, Ew2, inject_Z_mult. change (inject_Z 8) with 8. ring.
      - intros _. rewrite Z.even_add, !Z.even_mul. auto. }
    (* into the last binade *)
    assert (H3 : sum_of a (Z.to_nat (8 * L)) == (32 * L * L + L)%Z * 2 ^ (- p)).
    { replace (Z.to_nat (8 * L)) with (S (Z.to_nat (8 * L - 1))) by lia.
      rewrite sum_of_succ by lia. set (x := sum_of a (Z.to_nat (8 * L - 1)) + a).
      assert (Ex : x == (32 * L * L + L + (1 # 4)) * (4 * w)).
      { unfold x. rewrite H2, Eq, Ew2, inject_minus, !inject_Z_mult. change (inject_Z 64) with 64.
        change (inject_Z 6) with 6. ring. }
      apply fl_is; [rewrite Ex, Ew; lra|].
      apply (rounds_units p p_pos (- p) _ (1 # 4)).
      - rewrite Ex, Ew, inject_Z_plus, !inject_Z_mult. reflexivity.
      - rewrite P1, P2, inject_Z_plus, !inject_Z_mult. change (inject_Z 32) with 32.
        change (inject_Z 64) with 64. nra.
      - lra.
      - intros [D|D]; lra. }
    (* a quarter of a unit is lost at every step *)
    assert (ES : sum_of a (Z.to_nat n) == (64 * L * L - 3 * L)%Z * 2 ^ (- p)).
    { unfold n. rewrite E16.
      replace (Z.to_nat (16 * L - 1)) with (Z.to_nat (8 * L) + Z.to_nat (8 * L - 1))%nat by lia.
      rewrite (steps_down (- p) (4 * L) (32 * L * L + L) (8 * L - 1) (1 # 4) a (Z.to_nat (8 * L)));
        try lia; [| exact H3 | | lra | intros D; lra].
      - rewrite Z2Nat.id by lia.
        replace (32 * L * L + L + 4 * L * (8 * L - 1))%Z with (64 * L * L - 3 * L)%Z by lia. reflexivity.
      - rewrite Eq, Ew, inject_Z_mult. change (inject_Z 4) with 4. ring. }
    clear H1 H2 H3. rewrite Ew, inject_minus, !inject_Z_mult in ES. change (inject_Z 64) with 64 in ES.
    change (inject_Z 3) with 3 in ES. set (S := sum_of a (Z.to_nat n)) in *.
    assert (S1 : S == 1 - 12 * (L * w)) by lra.
    assert (Nq : n == 16 * L - 1).
    { unfold n. rewrite E16, inject_minus, inject_Z_mult. reflexivity. }
    assert (Ee : 2 ^ (1 - k) == 64 * (L * w)).
    { rewrite EL. change 64 with (2 ^ 6). rewrite <- power_add.
      replace (6 + (- k - 5))%Z with (1 - k)%Z by lia. reflexivity. }
    assert (Ey : tail fl n S == (64 * L * L - 7 * L)%Z * 2 ^ (1 - k)).
    { apply tail_at.
      - unfold n. rewrite E16, P2. nia.
      - lra.
      - exists (64 * L * L - 3 * L)%Z, (- p)%Z. split; [rewrite P2; nia|].
        rewrite Ew, inject_minus, !inject_Z_mult. exact ES.
      - exists (128 * L - 3)%Z, (- k - 5 + 1 + 1)%Z. split; [rewrite P2; nia|].
        rewrite !power_succ, <- EL, S1, inject_minus, inject_Z_mult. change (inject_Z 128) with 128.
        change (inject_Z 3) with 3. lra.
      - apply (rounds_units p p_pos (1 - k) _ (3 # 16)).
        + rewrite S1, Nq, Ee, inject_minus, !inject_Z_mult. change (inject_Z 64) with 64.
          change (inject_Z 7) with 7. lra.
        + rewrite P1, P2, inject_minus, !inject_Z_mult. change (inject_Z 64) with 64.
          change (inject_Z 7) with 7. change (inject_Z 32) with 32. nra.
        + lra.
        + intros [D|D]; lra. }
    unfold right. rewrite Ey, Ee, Nq, inject_minus, !inject_Z_mult. change (inject_Z 64) with 64.
    change (inject_Z 7) with 7. intros C. apply Qabs_Qlt_condition in C. lra.
  Qed.

  (** Both. *)
  Theorem seq_wrong : (7 <= p)%Z ->
    let n := (2 ^ (p / 2 + 1) - 1)%Z in
    ~ right (tail fl n (sum_of (fl (1 / n)) (Z.to_nat n))) n.
  Proof.
    intros Hp. pose proof (Z.div_mod p 2 ltac:(lia)) as E.
    pose proof (Z.mod_pos_bound p 2 ltac:(lia)) as B. set (k := (p / 2)%Z) in *.
    destruct (Z.eq_dec (p mod 2) 0) as [M|M].
    - apply (seq_wrong_even k); lia.
    - apply (seq_wrong_odd (k + 1)); lia.
  Qed.
End OneByOne.

(** What the definitions compute: the first failure in bf16. *)
Example bf16_seq :
  tail (round 8) 27 (sum_of (round 8) (round 8 (1 / 27%Z)) 24) == 49 # 2.
Proof. vm_compute. reflexivity. Qed.
